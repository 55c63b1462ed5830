import type { Value } from '../../../ir/index.js';
import { elementCount, Tensor } from '../../../tensor/index.js';
import type { TypedBuilder } from '../../builder.js';
import { reshape } from '../../layout.js';
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
  const [batch = 1, all = 1, ...positions] = b.dims(taps);
  const [size, each] = [elementCount(kernel), all / channels];
  const weight = new Float64Array(each * size);
  if (each === 1) weight.fill(1);
  else for (let i = 0; i < each; i++) weight[i * size + i] = 1;
  const tensor = Tensor.fromNumbers(b.dtype(taps), [each, 1, ...kernel], weight);
  // One image a channel instead of one group: WebGPU miscomputes groups of an even number of inputs and one output.
  const images = reshape(b, taps, [batch * channels, each, ...positions]);
  const sums = b.op('ConvTranspose', [images, b.constant(tensor, 'taps')], {
    strides: axes.map(({ stride }) => stride),
    dilations: axes.map(({ dilation }) => dilation),
    pads: [...axes.map(({ begin }) => begin), ...axes.map((axis) => surplus(axis).end)],
    output_padding: axes.map((axis) => surplus(axis).unread),
  });
  return reshape(b, sums, [batch, channels, ...axes.map(({ input }) => input)]);
}
