import { reduceSum } from '../../reduce.js';
import type { GradientRule } from '../../rule.js';
import { otherAxes } from '../normalization/channel-affine.js';
import { convGeometry } from './geometry.js';
import { inputGradient } from './input-gradient.js';
import { weightGradient } from './weight-gradient.js';

/** Conv: `y = x ∗ w + bias`, linear in each operand. */
export const conv: GradientRule = {
  opTypes: ['Conv'],
  vjp(view) {
    const { builder: b, node, cotangent, needs } = view;
    const [x, w] = [view.input(0), view.input(1)];
    const dims = b.dims(cotangent);
    const geometry = convGeometry(node, b.dims(x), b.dims(w), dims);
    return [
      needs[0] ? inputGradient(b, cotangent, w, geometry) : null,
      needs[1] ? weightGradient(b, x, cotangent, geometry) : null,
      needs[2] ? reduceSum(b, cotangent, otherAxes(dims), false) : null,
    ];
  },
};
