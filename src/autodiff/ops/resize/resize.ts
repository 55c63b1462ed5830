import { inputError } from '../../../errors.js';
import type { Node } from '../../../ir/index.js';
import type { GradientRule } from '../../rule.js';
import { type AxisMatrix, alongAxisGradient } from '../shape/along-axis.js';
import { type ResizedAxis, resizedAxes } from './axes.js';
import { coordinatesOf } from './coordinates.js';
import { tapsOf } from './weights.js';

/** What onnxruntime does to one axis; null when it leaves it as it is. */
function axisMatrix(node: Node, axis: ResizedAxis): AxisMatrix | null {
  const { input, output, scale } = axis;
  const mode = node.string('coordinate_transformation_mode', 'half_pixel');
  const smooth = node.int('antialias', 0) !== 0;
  if (input === output && (scale === 1 || smooth)) return null;
  const coordinate = coordinatesOf(mode, axis);
  if (!coordinate) {
    throw inputError(`${node.label} has the unknown coordinate_transformation_mode '${mode}'`, {
      at: node.label,
    });
  }
  return Array.from({ length: output }, (_, o) => {
    const row = new Float64Array(input);
    const x = coordinate(o);
    // Outside the image there is a constant.
    if (mode === 'tf_crop_and_resize' && (x < 0 || x > input - 1)) return row;
    for (const { at, weight } of tapsOf(node, x, input, scale)) {
      row[at] = (row[at] as number) + weight;
    }
    return row;
  });
}

/**
 * Resize (nearest, linear, cubic): on each axis by itself a matrix of weights, with which the cotangent goes back.
 */
export const resize: GradientRule = {
  opTypes: ['Resize'],
  vjp(view) {
    let gradient = view.cotangent;
    for (const axis of resizedAxes(view)) {
      const matrix = axisMatrix(view.node, axis);
      if (matrix) gradient = alongAxisGradient(view.builder, gradient, axis.axis, matrix);
    }
    return [gradient];
  },
};
