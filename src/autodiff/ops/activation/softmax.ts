import { mul, sub } from '../../arithmetic.js';
import { reduceSum } from '../../reduce.js';
import type { GradientRule } from '../../rule.js';

/** Softmax over one axis: `dx = y · (dy − Σ dy · y)`. */
export const softmax: GradientRule = {
  opTypes: ['Softmax'],
  vjp(view) {
    const { builder: b, output: y, cotangent: dy } = view;
    const sum = reduceSum(b, mul(b, dy, y), [view.axis(-1)]);
    return [mul(b, y, sub(b, dy, sum))];
  },
};
