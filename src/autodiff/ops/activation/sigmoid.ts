import { mul, neg, plus } from '../../arithmetic.js';
import type { GradientRule } from '../../rule.js';

/** Sigmoid: `dx = dy · y · (1 − y)`. */
export const sigmoid: GradientRule = {
  opTypes: ['Sigmoid'],
  vjp: ({ builder: b, output: y, cotangent }) => [
    mul(b, cotangent, mul(b, y, plus(b, neg(b, y), 1))),
  ],
};
