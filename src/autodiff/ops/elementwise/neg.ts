import { neg as negative } from '../../arithmetic.js';
import type { GradientRule } from '../../rule.js';

/** Neg: `dx = −dy`. */
export const neg: GradientRule = {
  opTypes: ['Neg'],
  vjp: ({ builder, cotangent }) => [negative(builder, cotangent)],
};
