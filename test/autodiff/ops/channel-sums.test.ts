import { expect, test } from 'vitest';
import { TypedBuilder } from '../../../src/autodiff/index.js';
import { channelSums } from '../../../src/autodiff/ops/normalization/channel-sums.js';
import { runModel } from '../../../src/runtime/index.js';
import { elementCount, Tensor, uniform } from '../../../src/tensor/index.js';

const kinds = ['ReduceSum', 'ReduceMean', 'ReduceSumSquare'] as const;

/** Largest relative error of any channel. */
async function worstError(
  kind: (typeof kinds)[number],
  dims: readonly number[],
  values: Float32Array,
): Promise<number> {
  const b = new TypedBuilder(17);
  const sums = channelSums(b, kind, b.input('x', dims));
  b.output(sums);
  const x = Tensor.fromNumbers('float32', dims, values);
  const found = (await runModel(b.model(), new Map([['x', x]]))).get(sums.name)!;
  const [channels, area] = [dims[1]!, elementCount(dims.slice(2))];
  expect(found.dims).toEqual([channels]);
  const exact = new Float64Array(channels);
  for (const [i, v] of values.entries()) {
    exact[Math.floor(i / area) % channels]! += kind === 'ReduceSumSquare' ? v * v : v;
  }
  if (kind === 'ReduceMean') for (let c = 0; c < channels; c++) exact[c]! /= dims[0]! * area;
  const errors = [...found.toNumbers()].map((s, c) => Math.abs(s - exact[c]!) / exact[c]!);
  return Math.max(...errors);
}

test.each([[[1, 3]], [[6, 1]], [[7, 2, 1, 1]], [[1, 2, 13]], [[4, 3, 5, 7]], [[9, 2, 3, 2, 4]]])(
  'channels of %o are reduced alone',
  async (dims) => {
    const next = uniform(5);
    const values = Float32Array.from({ length: elementCount(dims) }, () => 0.1 + next());
    for (const kind of kinds) expect(await worstError(kind, dims, values), kind).toBeLessThan(5e-7);
  },
);

// One after the other the additions would leave an error of 1e-5 and more, the more so where all elements are alike.
test.each(kinds)('%s of large images keeps its digits', async (kind) => {
  const dims = [64, 3, 48, 48];
  const next = uniform(6);
  const flat = Float32Array.from({ length: 64 * 3 }, () => 0.1 + next());
  const values = Float32Array.from({ length: elementCount(dims) }, (_, i) => {
    return flat[Math.floor(i / 48 ** 2)]!;
  });
  expect(await worstError(kind, dims, values)).toBeLessThan(1e-6);
});
