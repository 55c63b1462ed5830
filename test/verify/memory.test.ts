import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BuiltCli, buildCli } from '../cli/cli.js';

let cli: BuiltCli;
let folder = '';
beforeAll(() => {
  cli = buildCli();
  folder = mkdtempSync(join(tmpdir(), 'memory-'));
});
afterAll(() => {
  cli.remove();
  rmSync(folder, { recursive: true, force: true });
});

const megabyte = 2 ** 20;

/** Runs a script in a process of its own. @returns the number that it prints. */
function measure(script: string): number {
  const file = join(folder, 'script.mjs');
  const source = pathToFileURL(join(dirname(cli.main), '..', 'src', 'index.js')).href;
  writeFileSync(
    file,
    `import { GraphBuilder, Tensor, verifyModels } from ${JSON.stringify(source)};
    const expectEqual = ({ status }) => {
      if (status !== 'equal') throw new Error(status);
    };
    ${script}`,
  );
  const run = spawnSync(process.execPath, ['--expose-gc', file], { encoding: 'utf8' });
  expect(run.stderr).toBe('');
  return Number(run.stdout);
}

/** Peak of the memory that it takes to compare models with an output of so many megabytes in float16. */
const peakOf = (megabytes: number, inside: string): number =>
  measure(`
    const model = () => {
      const b = new GraphBuilder();
      const x = b.input('x', [1, 64], 'float16');
      const turned = b.op('Transpose', [x], { perm: [0, 1] });
      b.output(b.op('Expand', [turned, b.int64s([${megabytes} * 2 ** 13, 64])]));
      return b.model();
    };
    const before = process.memoryUsage().rss;
    expectEqual(await verifyModels(model(), model(), { kinds: ['normal'], inside: '${inside}' }));
    console.log(1024 * process.resourceUsage().maxRSS - before);
  `);

it('a large output needs little more than itself and its twin', () => {
  expect(peakOf(160, 'never')).toBeLessThan(5 * 160 * megabyte);
});

it('looking inside holds no more of it', () => {
  expect(peakOf(40, 'always')).toBeLessThan(1.2 * peakOf(40, 'never'));
});

it('many runs take no more than a few', () => {
  const grown = measure(`
    const b = new GraphBuilder();
    b.output(b.op('Tanh', [b.input('x', [1, 64])]));
    const model = b.model();
    const verify = (runs) => verifyModels(model, model, { kinds: ['normal'], runs });
    expectEqual(await verify(200));
    gc();
    const before = process.memoryUsage().rss;
    expectEqual(await verify(1000));
    gc();
    console.log(process.memoryUsage().rss - before);
  `);
  expect(grown).toBeLessThan(20 * megabyte);
});

it('many samples take no more than a few', () => {
  const grown = measure(`
    const b = new GraphBuilder();
    b.output(b.op('Tanh', [b.input('x', [1, 4096])]));
    const model = b.model();
    async function* samples(count) {
      for (let i = 0; i < count; i++) {
        const x = Tensor.fromNumbers('float32', [1, 4096], new Float64Array(4096).fill(i));
        yield { source: String(i), inputs: new Map([['x', x]]) };
      }
    }
    const verify = (count) => verifyModels(model, model, { kinds: [], given: samples(count) });
    expectEqual(await verify(1000));
    gc();
    const before = process.memoryUsage().rss;
    expectEqual(await verify(4500));
    gc();
    console.log(process.memoryUsage().rss - before);
  `);
  // All inputs together are 70 MB, and so are all outputs; what has been freed may not be given back yet.
  expect(grown).toBeLessThan(40 * megabyte);
});
