import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { GraphBuilder, type Model } from '../../src/ir/index.js';
import { type BenchOptions, benchModels } from '../../src/timing/index.js';
import { branchedModel, plainModel, writeModel } from '../cli/models.js';
import { describeOnWebGpu } from '../webgpu.js';

const folder = mkdtempSync(join(tmpdir(), 'reparam-timing-'));
const at = (name: string): string => join(folder, name);
const [plain, branched] = [at('plain.onnx'), at('branched.onnx')];
const [renamed, lookup] = [at('renamed.onnx'), at('lookup.onnx')];

/** Reads the only row of a table. */
function lookupModel(): Model {
  const b = new GraphBuilder();
  b.output(b.op('Gather', [b.floats([1, 2], [1, 2]), b.input('rows', [8], 'int64')]));
  return b.model();
}

beforeAll(() => {
  const other = plainModel();
  for (const input of other.graph.inputs) input.name = 'images';
  writeModel(renamed, other);
  writeModel(lookup, lookupModel());
  writeModel(plain, plainModel());
  writeModel(branched, branchedModel());
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Advances by a millisecond each time it is asked. */
function ticking(): () => number {
  let now = 0;
  return () => now++;
}

it('compares pairs, as many as asked', async () => {
  const options = { runs: 7, memory: false, clock: ticking() };
  const { cases } = await benchModels(plain, plain, options);
  expect(cases).toHaveLength(1);
  const { a, b, ratio } = cases[0] ?? {};
  expect(a?.run).toEqual(b?.run);
  expect(a?.run).toMatchObject({ count: 7, median: 0.001 });
  // One tick a run.
  expect(ratio).toEqual({ median: 1, interval: [1, 1] });
});

it('gives no interval for too few pairs', async () => {
  const options = { runs: 1, memory: false, clock: ticking() };
  const { cases } = await benchModels(plain, plain, options);
  expect(cases[0]?.ratio).toEqual({ median: 1, interval: null });
});

it('runs one entry where the batch is open and nothing else is asked for', async () => {
  const options = { runs: 1, memory: false };
  const dimsOf = async (more: BenchOptions) =>
    (await benchModels(plain, null, { ...options, ...more })).cases.map(({ dims }) => dims.x);
  expect(await dimsOf({})).toEqual([[1, 4, 8, 8]]);
  const shapes = new Map([['x', [3, 4, 8, 8]]]);
  expect(await dimsOf({ shapes })).toEqual([[3, 4, 8, 8]]);
  expect(await dimsOf({ shapes, batches: [5] })).toEqual([[5, 4, 8, 8]]);
});

it('feeds integers that the model accepts', async () => {
  const { cases } = await benchModels(lookup, null, { runs: 1, memory: false });
  expect(cases).toHaveLength(1);
});

it('says when inputs are matched by their position', async () => {
  const { notes } = await benchModels(plain, renamed, { runs: 1, memory: false });
  expect(notes).toEqual(["inputs are matched by position: 'x' to 'images'"]);
});

it('runs every batch, and tells the entries a second', async () => {
  const options = { batches: [1, 4], runs: 5, memory: false, clock: ticking() };
  const { cases } = await benchModels(branched, null, options);
  expect(cases.map(({ dims }) => Object.values(dims)[0]?.[0])).toEqual([1, 4]);
  expect(cases.map(({ a }) => a.throughput)).toEqual([1000, 4000]);
});

describeOnWebGpu('on WebGPU', () => {
  it('tells where the nodes ran', async () => {
    const options = { devices: ['webgpu'] as const, runs: 5, memory: false };
    const { cases } = await benchModels(plain, null, options);
    const placement = cases[0]?.a.placement;
    expect(placement?.nodes.WebGpuExecutionProvider).toBeGreaterThan(0);
    expect(placement?.fallbacks).toEqual({});
  });
});
