import { div, times } from '../../arithmetic.js';
import type { GradientRule } from '../../rule.js';

/** Sqrt: `dx = dy / 2y`. */
export const sqrt: GradientRule = {
  opTypes: ['Sqrt'],
  vjp: ({ builder: b, output, cotangent }) => [div(b, cotangent, times(b, output, 2))],
};
