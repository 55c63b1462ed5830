import type { GraphBuilder, Value } from '../../ir/index.js';
import { elementCount } from '../../tensor/index.js';
import { nchwc } from './domain.js';

const shaped = (b: GraphBuilder, x: Value, dims: readonly number[]): Value =>
  b.op('Reshape', [x, b.int64s(dims)]);

const reordered = (b: GraphBuilder, x: Value, dims: readonly number[]): Value =>
  b.op('ReorderInput', [shaped(b, x, dims)], {}, { domain: nchwc.domain });

/**
 * A weight in the order in which the kernels for blocks of channels read it: `[O / block, I / block, kh · kw, block,
 * block]` in memory, the outputs last.
 * @param dims of `w`, `[O, I, kh, kw]` @returns the same shape
 */
export function blockedWeight(
  b: GraphBuilder,
  w: Value,
  dims: readonly number[],
  block: number,
): Value {
  const [outputs = 1, inputs = 1, ...kernel] = dims;
  const taps = elementCount(kernel);
  const byOutput = reordered(b, w, [outputs / block, block, inputs * taps, 1]);
  if (taps === 1) return shaped(b, byOutput, dims);
  const apart = shaped(b, byOutput, [(outputs * inputs) / block ** 2, block, taps, block]);
  return shaped(b, b.op('Transpose', [apart], { perm: [0, 2, 1, 3] }), dims);
}

/** The same of a depthwise convolution, `[C, 1, kh, kw]`: `[C / block, kh · kw, block]` in memory. */
export function blockedDepthwiseWeight(b: GraphBuilder, w: Value, dims: readonly number[]): Value {
  const [channels = 1, , ...kernel] = dims;
  return shaped(b, reordered(b, w, [1, channels, ...kernel]), dims);
}
