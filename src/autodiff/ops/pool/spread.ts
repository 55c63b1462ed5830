import type { Value } from '../../../ir/index.js';
import { elementCount, Tensor } from '../../../tensor/index.js';
import type { TypedBuilder } from '../../builder.js';
import { type Axis, extent } from '../conv/geometry.js';

/** Where the windows of a pool end: pads behind the image, and what of the image no window reads. */
function surplus(axis: Axis): { readonly end: number; readonly unread: number } {
  const end = axis.stride * (axis.output - 1) + extent(axis) - axis.input - axis.begin;
  return { end: Math.max(0, end), unread: Math.max(0, -end) };
}

/**
 * Adds values given at the taps of each window to the image under them.
 * @param taps `[N, C · K, …output]`: for each channel one image a tap, or (K = 1) one value for all taps of a window
 * @returns `[N, C, …input]`
 */
export function spread(
  b: TypedBuilder,
  taps: Value,
  channels: number,
  axes: readonly Axis[],
): Value {
  const kernel = axes.map((axis) => axis.kernel);
  const [size, each] = [elementCount(kernel), (b.dims(taps)[1] as number) / channels];
  const weight = new Float64Array(channels * each * size);
  if (each === 1) weight.fill(1);
  else for (let i = 0; i < channels * each; i++) weight[i * size + (i % each)] = 1;
  const tensor = Tensor.fromNumbers(b.dtype(taps), [channels * each, 1, ...kernel], weight);
  return b.op('ConvTranspose', [taps, b.constant(tensor, 'taps')], {
    group: channels,
    strides: axes.map(({ stride }) => stride),
    dilations: axes.map(({ dilation }) => dilation),
    pads: [...axes.map(({ begin }) => begin), ...axes.map((axis) => surplus(axis).end)],
    output_padding: axes.map((axis) => surplus(axis).unread),
  });
}
