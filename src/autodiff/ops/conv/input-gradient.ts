import type { Value } from '../../../ir/index.js';
import { elementCount, Tensor } from '../../../tensor/index.js';
import type { TypedBuilder } from '../../builder.js';
import { reshape, transpose } from '../../layout.js';
import { spacedColumns } from '../../spaced-columns.js';
import { type Axis, type ConvGeometry, convAttributes, extent } from './geometry.js';
import { isUnrolled, unrolledInputGradient } from './unrolled.js';

/**
 * Weight of the convolution that goes from `[N, O, …]` back to `[N, C, …]`: input and output channels exchanged within
 * each group. `[O, C / group, …]` → `[C, O / group, …]`
 */
function exchanged(b: TypedBuilder, w: Value, { group, inputs, outputs }: ConvGeometry): Value {
  const [, , ...kernel] = b.dims(w);
  const axes = kernel.map((_, i) => i + 3);
  const grouped = reshape(b, w, [group, outputs, inputs, ...kernel]);
  return reshape(b, transpose(b, grouped, [0, 2, 1, ...axes]), [
    group * inputs,
    outputs,
    ...kernel,
  ]);
}

/** A weight with its taps in opposite order: its last axes as one, backwards. */
function reversedTaps(b: TypedBuilder, w: Value): Value {
  const [filters = 1, channels = 1, ...kernel] = b.dims(w);
  const taps = elementCount(kernel);
  if (taps === 1) return w;
  // onnxruntime slices backwards element by element; this product is three times faster.
  const ones = new Float64Array(taps * taps);
  for (let i = 0; i < taps; i++) ones[i * taps + taps - 1 - i] = 1;
  const reversal = b.constant(Tensor.fromNumbers(b.dtype(w), [taps, taps], ones), 'reversal');
  const rows = reshape(b, w, [filters, channels, taps]);
  return reshape(b, b.op('MatMul', [rows, reversal]), [filters, channels, ...kernel]);
}

const missing = (axis: Axis): number => {
  const { input, output, stride, begin, end } = axis;
  return input - (stride * (output - 1) + extent(axis) - begin - end);
};

/** Most columns for which a product with zeros and ones was measured to be the fastest way to put zeros between. */
const mostColumns = 48;

/**
 * Depthwise, over images with strides: onnxruntime's ConvTranspose gathers patches channel by channel, its Conv does not.
 * Null where the convolution would have to crop.
 */
function depthwiseGradient(
  b: TypedBuilder,
  cotangent: Value,
  w: Value,
  geometry: ConvGeometry,
): Value | null {
  const { axes, batch, group, inputs, outputs } = geometry;
  const [rows, columns] = axes;
  if (b.portable || inputs > 1 || outputs > 1 || !rows || !columns || axes.length > 2) return null;
  const reversed = axes.map((axis) => {
    const [begin, length] = [extent(axis) - 1 - axis.begin, axis.stride * axis.output];
    const end = axis.input - length - begin + extent(axis) - 1;
    return { ...axis, input: length, output: axis.input, stride: 1, begin, end };
  });
  if (columns.output > mostColumns || reversed.some(({ begin, end }) => begin < 0 || end < 0)) {
    return null;
  }
  const apart = spacedColumns(b, cotangent, columns.stride, rows.stride);
  const images = reshape(b, apart, [batch, group, ...reversed.map(({ input }) => input)]);
  return b.op('Conv', [images, reversedTaps(b, w)], convAttributes({ axes: reversed, group }));
}

/**
 * Gradient of a convolution with respect to its input.
 * @param cotangent `[N, O, …]` @param w `[O, C / group, …]` @returns `[N, C, …]`
 */
export function inputGradient(
  b: TypedBuilder,
  cotangent: Value,
  w: Value,
  geometry: ConvGeometry,
): Value {
  if (isUnrolled(geometry)) return unrolledInputGradient(b, cotangent, w, geometry);
  const { axes, group } = geometry;
  const reversed = axes.map((axis) => ({
    ...axis,
    begin: extent(axis) - 1 - axis.begin,
    end: extent(axis) - 1 - axis.end,
  }));
  const plain = axes.every(({ stride }) => stride === 1);
  if (plain && reversed.every(({ begin, end }) => begin >= 0 && end >= 0)) {
    const flipped = exchanged(b, reversedTaps(b, w), geometry);
    return b.op('Conv', [cotangent, flipped], convAttributes({ axes: reversed, group }));
  }
  const depthwise = depthwiseGradient(b, cotangent, w, geometry);
  if (depthwise) return depthwise;
  return b.op('ConvTranspose', [cotangent, w], {
    ...convAttributes(geometry),
    output_padding: axes.map(missing),
  });
}
