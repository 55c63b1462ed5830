import type { Value } from '../../../ir/index.js';
import type { TypedBuilder } from '../../builder.js';
import { flip, reshape, transpose } from '../../layout.js';
import { type Axis, type ConvGeometry, convAttributes, extent } from './geometry.js';

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

const missing = (axis: Axis): number => {
  const { input, output, stride, begin, end } = axis;
  return input - (stride * (output - 1) + extent(axis) - begin - end);
};

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
  const { axes, group } = geometry;
  const reversed = axes.map((axis) => ({
    ...axis,
    begin: extent(axis) - 1 - axis.begin,
    end: extent(axis) - 1 - axis.end,
  }));
  const plain = axes.every(({ stride }) => stride === 1);
  if (plain && reversed.every(({ begin, end }) => begin >= 0 && end >= 0)) {
    const spatial = axes.map((_, i) => i + 2);
    const flipped = flip(b, exchanged(b, w, geometry), spatial);
    return b.op('Conv', [cotangent, flipped], convAttributes({ axes: reversed, group }));
  }
  return b.op('ConvTranspose', [cotangent, w], {
    ...convAttributes(geometry),
    output_padding: axes.map(missing),
  });
}
