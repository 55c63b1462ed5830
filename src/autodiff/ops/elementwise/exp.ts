import { mul } from '../../arithmetic.js';
import type { GradientRule } from '../../rule.js';

/** Exp: `dx = dy · eˣ`. */
export const exp: GradientRule = {
  opTypes: ['Exp'],
  vjp: ({ builder: b, cotangent, output }) => [mul(b, cotangent, output)],
};
