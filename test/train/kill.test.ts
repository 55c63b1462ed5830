import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Tensor } from '../../src/tensor/index.js';
import { readCheckpoint, writeCheckpoint } from '../../src/train/checkpoint/index.js';
import { type BuiltCli, buildCli } from '../cli/cli.js';

let built: BuiltCli;
let folder = '';
beforeAll(() => {
  built = buildCli();
  folder = mkdtempSync(join(tmpdir(), 'kill-'));
});
afterAll(() => {
  built.remove();
  rmSync(folder, { recursive: true, force: true });
});

const length = 20_000;

/** Lets a process write checkpoints; it prints each step whose checkpoint it has written. */
function script(name: string, body: string): string {
  const file = join(folder, name);
  const src = join(dirname(built.main), '..', 'src');
  const url = (path: string): string => JSON.stringify(pathToFileURL(join(src, path)).href);
  writeFileSync(
    file,
    `import fs from 'node:fs';
    import files from 'node:fs/promises';
    import { syncBuiltinESMExports } from 'node:module';
    const { readCheckpoint, writeCheckpoint } = await import(${url('train/checkpoint/index.js')});
    const { Tensor } = await import(${url('tensor/index.js')});
    const [run, ...args] = process.argv.slice(2);
    const write = async (step, options) => {
      const values = new Float64Array(${length}).fill(step);
      const tensors = new Map([['w', Tensor.fromNumbers('float32', [${length}], values)]]);
      const model = new Uint8Array(10_000).fill(step % 256);
      await writeCheckpoint(
        run,
        { step, epoch: 0, batch: step, parameters: tensors, state: tensors, model, extra: { step } },
        options,
      );
      fs.writeSync(1, step + '\\n');
    };
    ${body}`,
  );
  return file;
}

interface Ended {
  readonly signal: NodeJS.Signals | null;
  /** The last step that the process had written when it died, 0 for none. */
  readonly step: number;
}

/** @param delay when to kill it, in milliseconds after its first line; null: it does that itself. */
function start(file: string, args: readonly string[], delay: number | null): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [file, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      if (text === '' && delay !== null) setTimeout(() => child.kill('SIGKILL'), delay);
      text += piece;
    });
    child.on('error', reject);
    child.on('close', (_, signal) => {
      resolve({ signal, step: Number(text.trimEnd().split('\n').at(-1)) });
    });
  });
}

/** Every number of the checkpoint must be of its step. */
async function expectWhole(run: string, which?: 'best'): Promise<number> {
  const { step, batch, parameters, state, model, extra } = await readCheckpoint(run, which);
  expect([batch, extra.step]).toEqual([step, step]);
  for (const tensors of [parameters, state]) {
    expect(new Set((tensors.get('w') as Tensor).toFloats())).toEqual(new Set([step]));
    expect(tensors.get('w')?.dims).toEqual([length]);
  }
  expect([model?.length, new Set(model)]).toEqual([10_000, new Set([step % 256])]);
  return step;
}

it('killed at random moments, a run goes on from its last checkpoint', async () => {
  const loop = script(
    'loop.mjs',
    `const last = await readCheckpoint(run).then(({ step }) => step, () => 0);
    for (let step = last + 1; ; step++) await write(step, { keep: 2, best: step % 3 === 1 });`,
  );
  const run = join(folder, 'random');
  cpSync(mkdtempSync(join(folder, 'empty-')), run, { recursive: true });
  for (let kill = 0; kill < 10; kill++) {
    const { signal, step } = await start(loop, [run], Math.random() * 60);
    expect(signal).toBe('SIGKILL');
    expect(await expectWhole(run)).toBeGreaterThanOrEqual(step);
    await expectWhole(run, 'best');
  }
  const visible = readdirSync(join(run, 'checkpoints')).filter((name) => name.startsWith('step'));
  expect(visible.length).toBeLessThanOrEqual(4);
});

/** Kills the process in the middle of the n-th change of the file system. */
const suicide = `
  let left = Number(args[0]);
  const die = () => process.kill(process.pid, 'SIGKILL');
  const half = {
    writeFile(path, content) {
      const bytes = Buffer.concat([...content]);
      fs.writeFileSync(path, bytes.subarray(0, bytes.length / 2));
    },
    rm(path) {
      if (!fs.existsSync(path) || !fs.statSync(path).isDirectory()) return;
      for (const name of fs.readdirSync(path).slice(0, 2)) fs.rmSync(path + '/' + name);
    },
  };
  for (const name of ['mkdir', 'rename', 'rm', 'writeFile']) {
    const real = files[name];
    files[name] = async (...given) => {
      if (--left === 0) {
        half[name]?.(...given);
        die();
        await new Promise(() => setTimeout(() => {}, 10_000));
      }
      return real(...given);
    };
  }
  syncBuiltinESMExports();
  await write(2, { keep: 1, best: true });
  await write(3, { keep: 1 });
`;

it('killed in any change of the file system, a run has a whole checkpoint', async () => {
  const file = script('suicide.mjs', suicide);
  const first = join(folder, 'first');
  cpSync(mkdtempSync(join(folder, 'empty-')), first, { recursive: true });
  const values = (step: number): ReadonlyMap<string, Tensor> =>
    new Map([['w', Tensor.fromNumbers('float32', [length], new Float64Array(length).fill(step))]]);
  const checkpoint = (step: number) => ({
    step,
    epoch: 0,
    batch: step,
    parameters: values(step),
    state: values(step),
    model: new Uint8Array(10_000).fill(step),
    extra: { step },
  });
  await writeCheckpoint(first, checkpoint(2), { best: true });

  let changes = 0;
  const tryKilling = async (change: number): Promise<void> => {
    const run = join(folder, `killed-${change}`);
    cpSync(first, run, { recursive: true });
    const { signal, step } = await start(file, [run, String(change)], null);
    expect(await expectWhole(run)).toBeGreaterThanOrEqual(step);
    expect(await expectWhole(run, 'best')).toBe(2);
    await writeCheckpoint(run, checkpoint(4), { keep: 1 });
    expect(await expectWhole(run)).toBe(4);
    expect(await expectWhole(run, 'best')).toBe(2);
    expect(readdirSync(join(run, 'checkpoints')).sort()).toEqual([
      'best',
      'latest',
      'step-00000002',
      'step-00000004',
    ]);
    rmSync(run, { recursive: true });
    if (signal === 'SIGKILL') changes = Math.max(changes, change);
  };
  for (let change = 1; change === 1 || changes === change - 1; change += 3) {
    await Promise.all([change, change + 1, change + 2].map(tryKilling));
  }
  expect(changes).toBeGreaterThan(20);
});
