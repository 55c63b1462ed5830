import { mul, neg, plus, square } from '../../arithmetic.js';
import type { GradientRule } from '../../rule.js';

/** Tanh: `dx = dy · (1 − y²)`. */
export const tanh: GradientRule = {
  opTypes: ['Tanh'],
  vjp: ({ builder: b, output, cotangent }) => [
    mul(b, cotangent, plus(b, neg(b, square(b, output)), 1)),
  ],
};
