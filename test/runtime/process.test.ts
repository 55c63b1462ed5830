import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { missingLibraries } from '../../src/runtime/remedies.js';
import { type BuiltCli, buildCli } from '../cli/cli.js';

let cli: BuiltCli;
let folder = '';
beforeAll(() => {
  cli = buildCli();
  folder = mkdtempSync(join(tmpdir(), 'process-'));
});
afterAll(() => {
  cli.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** A convolution of 1 MB, and by how much many uses of it make the process grow. */
const prelude = (source: string) => `
  const { allowTf32, GraphBuilder, encodeModel, openSession, SessionPool, Tensor } =
    await import(${JSON.stringify(pathToFileURL(source).href)});
  const make = () => {
    const b = new GraphBuilder();
    const weights = new Float32Array(256 * 1024).fill(0.1);
    b.output(b.op('Conv', [b.input('x', [1, 512, 1, 1]), b.floats([512, 512, 1, 1], weights)]));
    return encodeModel(b.model());
  };
  const feeds = new Map([['x', Tensor.fromNumbers('float32', [1, 512, 1, 1], new Float32Array(512))]]);
  const run = (session) => session.run(feeds);
  const growth = async (count, step) => {
    for (let i = 0; i < count / 5; i++) await step(i);
    gc();
    const before = process.memoryUsage().rss;
    for (let i = 0; i < count; i++) await step(i);
    gc();
    return process.memoryUsage().rss - before;
  };
`;

/** Runs a script in a process of its own, which must write nothing to stderr. @returns what it prints, as JSON. */
function measure(script: string): unknown {
  const file = join(folder, 'script.mjs');
  const source = join(dirname(cli.main), '..', 'src', 'index.js');
  writeFileSync(file, `${prelude(source)}\n${script}`);
  const run = spawnSync(process.execPath, ['--expose-gc', file], {
    encoding: 'utf8',
    env: { ...process.env, TMPDIR: folder, NVIDIA_TF32_OVERRIDE: undefined },
  });
  expect(run.stderr).toBe('');
  return JSON.parse(run.stdout);
}

const megabyte = 2 ** 20;

it('runs take no memory that they do not give back', () => {
  const grown = measure(`
    const session = await openSession(make());
    console.log(await growth(1000, () => run(session)));
  `);
  expect(grown).toBeLessThan(20 * megabyte);
});

it('a pool within its budget does not grow', () => {
  const grown = measure(`
    const models = [1, 2, 3, 4, 5].map(make);
    const pool = new SessionPool({ budget: 2.5 * 2 ** 20 });
    console.log(await growth(150, (i) => pool.use(models[i % 5], {}, run)));
  `);
  // A hundred and fifty sessions were opened, of at least a megabyte each.
  expect(grown).toBeLessThan(40 * megabyte);
});

it('onnxruntime leaves no file behind, not even where a session is never released', () => {
  measure(`
    for (let i = 0; i < 3; i++) await openSession(make(), { placement: true });
    console.log(0);
  `);
  expect(readdirSync(folder)).toEqual(['script.mjs']);
});

const hasCuda = missingLibraries('cuda') === null;
it.skipIf(hasCuda || process.platform !== 'linux')(
  'a missing device is told by the exception alone',
  () => {
    const code = measure(`
    const error = await openSession(make(), { device: 'cuda' }).catch((error) => error);
    console.log(JSON.stringify(error.code));
  `);
    expect(code).toBe('environment');
  },
);

it('NVIDIA GPUs compute in float32 unless TF32 is allowed before the first session', () => {
  const [before, late] = measure(`
    await openSession(make());
    let late = '';
    try { allowTf32(); } catch (error) { late = error.message; }
    console.log(JSON.stringify([process.env.NVIDIA_TF32_OVERRIDE, late]));
  `) as string[];
  expect(before).toBe('0');
  expect(late).toBe('internal: allowTf32 comes after the first session');
  const allowed = measure(`
    allowTf32();
    await openSession(make());
    console.log(JSON.stringify(process.env.NVIDIA_TF32_OVERRIDE ?? null));
  `);
  expect(allowed).toBeNull();
});
