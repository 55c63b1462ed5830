import { mul } from '../../arithmetic.js';
import { positive } from '../../masks.js';
import type { GradientRule } from '../../rule.js';

/** Relu: `dx = dy` where `y > 0`, else 0 (also at 0, as PyTorch has it). */
export const relu: GradientRule = {
  opTypes: ['Relu'],
  vjp: ({ builder: b, output, cotangent }) => [mul(b, cotangent, positive(b, output))],
};
