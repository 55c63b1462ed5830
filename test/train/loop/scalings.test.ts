import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { saveModel } from '../../../src/onnx/index.js';
import {
  completeRecipe,
  type Recipe,
  readCheckpoint,
  readScalings,
  train,
} from '../../../src/train/index.js';
import { smallModel } from '../small-model.js';

let folder: string;
let model: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reparam-scalings-'));
  model = join(folder, 'small.onnx');
  await saveModel(smallModel(4), model);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** @param until steps after which the run is stopped */
async function run(
  name: string,
  given: Partial<Recipe>,
  until = Number.POSITIVE_INFINITY,
  resume = false,
) {
  const recipe = completeRecipe({
    model,
    data: 'synthetic:classes=4,size=8,count=128',
    batchSize: 32,
    workers: 0,
    method: 'sgs',
    ...given,
  });
  const path = join(folder, name);
  const controller = new AbortController();
  const kinds: string[] = [];
  for await (const event of train(path, recipe, { resume, signal: controller.signal })) {
    if (event.kind === 'scalings' || event.kind === 'epoch') {
      kinds.push(`${event.kind} ${event.epoch}`);
    }
    if (event.kind === 'step' && event.step === until) controller.abort();
  }
  return { path, kinds };
}

const stateOf = async (path: string) => (await readCheckpoint(path)).state;

test('scalings are measured when the recipe says, and kept', async () => {
  const given = { epochs: 5, sgsStart: 1, sgsEvery: 2, sgsBatches: 1 };
  const { path, kinds } = await run('schedule', given);
  expect(kinds.filter((kind) => kind.startsWith('scalings'))).toEqual(['scalings 1', 'scalings 3']);
  const records = readScalings(path);
  expect(records.map(({ epoch, step }) => [epoch, step])).toEqual([
    [1, 4],
    [3, 12],
  ]);
  const [first, second] = records.map(({ layers }) => layers[0]!.values);
  expect(first).not.toEqual(second);
  const used = (await stateOf(path)).get('scaling.first.conv.weight')!;
  expect(used.dims).toEqual([3, 3]);
  expect([...used.toNumbers()].map((v) => v.toFixed(5))).toEqual(second!.map((v) => v.toFixed(5)));
});

test('scalings set in slowly', async () => {
  const like = { sgsLike: 'repvgg' as const, epochs: 2, sgsWarmup: 4 };
  const { path } = await run('warmup', like);
  const used = (await stateOf(path)).get('scaling.first.conv.weight')!.toNumbers();
  // Half of the way from 1 to 2 / (10 / 9).
  expect(used[4]).toBeCloseTo(1 + 0.5 * (1.8 - 1), 6);
});

test('scalings change what is learned', async () => {
  const plain = await run('plain', { method: 'baseline', epochs: 1 });
  const scaled = await run('scaled', { epochs: 1 });
  const weight = async (path: string) =>
    (await readCheckpoint(path)).parameters.get('first.conv.weight')!.toNumbers();
  expect(await weight(plain.path)).not.toEqual(await weight(scaled.path));
});

test.each([3, 4, 6])(
  'stopped after step %i, a run goes on with the same scalings',
  async (step) => {
    const given = { epochs: 3, sgsEvery: 1, sgsBatches: 1, sgsWarmup: 2 };
    const whole = await run('whole', given).catch(() => ({ path: join(folder, 'whole') }));
    const { path } = await run(`stopped-${step}`, given, step);
    await run(`stopped-${step}`, given, Number.POSITIVE_INFINITY, true);
    const [a, b] = [await readCheckpoint(whole.path), await readCheckpoint(path)];
    for (const part of ['parameters', 'state'] as const) {
      const bytes = ({ [part]: tensors }: typeof a) =>
        [...tensors].map(([name, tensor]) => [name, Buffer.from(tensor.bytes).toString('hex')]);
      expect(bytes(b)).toEqual(bytes(a));
    }
    const log = (run: string) => readFile(join(run, 'scalings.jsonl'), 'utf8');
    expect(await log(path)).toBe(await log(whole.path));
  },
);
