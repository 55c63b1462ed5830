import { mul, plus, times } from '../../arithmetic.js';
import { positive } from '../../masks.js';
import type { GradientRule } from '../../rule.js';

/** LeakyRelu: `dx = dy` where `x > 0`, else `alpha · dy`. */
export const leakyRelu: GradientRule = {
  opTypes: ['LeakyRelu'],
  vjp(view) {
    const { builder: b, node, cotangent } = view;
    const alpha = node.float('alpha', 0.01);
    const slope = plus(b, times(b, positive(b, view.input(0)), 1 - alpha), alpha);
    return [mul(b, cotangent, slope)];
  },
};
