import { mul, neg, square } from '../../arithmetic.js';
import type { GradientRule } from '../../rule.js';

/** Reciprocal: `dx = −dy · y²`. */
export const reciprocal: GradientRule = {
  opTypes: ['Reciprocal'],
  vjp: ({ builder: b, output, cotangent }) => [neg(b, mul(b, cotangent, square(b, output)))],
};
