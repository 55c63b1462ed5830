import type { Value } from '../../../ir/index.js';
import { elementCount } from '../../../tensor/index.js';
import { add, filled, mul } from '../../arithmetic.js';
import type { TypedBuilder } from '../../builder.js';
import { reshape } from '../../layout.js';

/** `[C]` as it meets `[N, C, …]`. */
export const channelShape = (b: TypedBuilder, x: Value, vector: Value): Value =>
  reshape(
    b,
    vector,
    b.dims(x).map((length, axis) => (axis === 1 ? length : 1)),
  );

/**
 * `scale · x + shift`, one number a channel.
 * @param x `[N, C, …]` @param scale `[C]`, 1 when null @param shift `[C]`, 0 when null
 */
export function channelAffine(
  b: TypedBuilder,
  x: Value,
  scale: Value | null,
  shift: Value | null,
): Value {
  const dims = b.dims(x);
  const [, channels = 1, ...spatial] = dims;
  if (spatial.length === 0) {
    const scaled = scale ? mul(b, x, channelShape(b, x, scale)) : x;
    return shift ? add(b, scaled, channelShape(b, x, shift)) : scaled;
  }
  // A depthwise convolution of one tap is faster than Mul and Add, and takes in an activation that follows.
  const ones = spatial.map(() => 1);
  const kernel = [channels, 1, ...ones];
  const weight = scale ? reshape(b, scale, kernel) : filled(b, kernel, 1, x);
  return b.op('Conv', shift ? [x, weight, shift] : [x, weight], { group: channels });
}

/** Elements of `[N, C, …]` for each channel. */
export const perChannel = (dims: readonly number[]): number => elementCount(dims) / (dims[1] ?? 1);

/** Axes of `[N, C, …]` but that of the channels. */
export const otherAxes = (dims: readonly number[]): number[] =>
  dims.map((_, axis) => axis).filter((axis) => axis !== 1);
