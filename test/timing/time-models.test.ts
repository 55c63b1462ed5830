import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { benchModels } from '../../src/timing/index.js';
import { branchedModel, plainModel, writeModel } from '../cli/models.js';
import { describeOnWebGpu } from '../webgpu.js';

const folder = mkdtempSync(join(tmpdir(), 'reparam-timing-'));
const [plain, branched] = [join(folder, 'plain.onnx'), join(folder, 'branched.onnx')];

beforeAll(() => {
  writeModel(plain, plainModel());
  writeModel(branched, branchedModel());
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Advances by a millisecond each time it is asked. */
function ticking(): () => number {
  let now = 0;
  return () => now++;
}

it('takes turns, as often as asked, and compares pairs', async () => {
  const options = { runs: 7, memory: false, clock: ticking() };
  const { cases } = await benchModels(plain, plain, options);
  expect(cases).toHaveLength(1);
  const { a, b, ratio } = cases[0] ?? {};
  expect(a?.run).toEqual(b?.run);
  expect(a?.run).toMatchObject({ count: 7, median: 0.001 });
  // One tick a run.
  expect(ratio).toEqual({ median: 1, low: 1, high: 1 });
});

it('stops when its time is up, but not before five runs', async () => {
  const options = { seconds: 0.001, memory: false, clock: ticking() };
  expect((await benchModels(plain, null, options)).cases[0]?.a.run.count).toBe(5);
  const longer = { seconds: 0.1, memory: false, clock: ticking() };
  const { count = 0 } = (await benchModels(plain, null, longer)).cases[0]?.a.run ?? {};
  expect(count).toBeGreaterThan(5);
  expect(count).toBeLessThanOrEqual(100);
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
