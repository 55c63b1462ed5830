import type { Value } from '../../../ir/index.js';
import { elementCount } from '../../../tensor/index.js';
import { add, mul } from '../../arithmetic.js';
import type { TypedBuilder } from '../../builder.js';
import { expand, reshape } from '../../layout.js';

/** Up to how many elements a channel has the CPU works faster on whole images than channel by channel. */
const smallArea = 64;

/** `[C]` as it meets `[N, C, …]`: where channels are small, repeated to `[C, …]`, so that few long runs are worked on. */
function operand(b: TypedBuilder, x: Value, vector: Value): Value {
  const [, channels = 1, ...spatial] = b.dims(x);
  const shaped = reshape(b, vector, [1, channels, ...spatial.map(() => 1)]);
  const repeats = !b.portable && hasSmallChannels(b, x);
  return repeats ? expand(b, shaped, [1, channels, ...spatial]) : shaped;
}

const hasSmallChannels = (b: TypedBuilder, x: Value): boolean =>
  elementCount(b.dims(x).slice(2)) <= smallArea;

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
  const [, channels = 1, ...spatial] = b.dims(x);
  // WebGPU has no grouped convolution in three dimensions.
  const plain = b.portable ? spatial.length === 0 || spatial.length > 2 : hasSmallChannels(b, x);
  if (plain || !scale || !shift) {
    const scaled = scale ? mul(b, x, operand(b, x, scale)) : x;
    return shift ? add(b, scaled, operand(b, x, shift)) : scaled;
  }
  // A depthwise convolution of one tap is one pass instead of two, and takes in an activation that follows.
  const weight = reshape(b, scale, [channels, 1, ...spatial.map(() => 1)]);
  return b.op('Conv', [x, weight, shift], { group: channels });
}

/** Elements of `[N, C, …]` for each channel. */
export const perChannel = (dims: readonly number[]): number => elementCount(dims) / (dims[1] ?? 1);

/** Axes of `[N, C, …]` but that of the channels. */
export const otherAxes = (dims: readonly number[]): number[] =>
  dims.map((_, axis) => axis).filter((axis) => axis !== 1);
