import { mul, plus } from '../../arithmetic.js';
import { positive } from '../../masks.js';
import type { GradientRule } from '../../rule.js';

/** ThresholdedRelu: `dx = dy` where `x > alpha`, else 0. */
export const thresholdedRelu: GradientRule = {
  opTypes: ['ThresholdedRelu'],
  vjp(view) {
    const { builder: b, node, cotangent } = view;
    const above = plus(b, view.input(0), -node.float('alpha', 1));
    return [mul(b, cotangent, positive(b, above))];
  },
};
