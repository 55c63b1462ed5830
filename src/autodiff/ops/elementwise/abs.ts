import { mul } from '../../arithmetic.js';
import { sign } from '../../masks.js';
import type { GradientRule } from '../../rule.js';

/** Abs: `dx = dy · sign x`, 0 at 0. */
export const abs: GradientRule = {
  opTypes: ['Abs'],
  vjp: (view) => [mul(view.builder, view.cotangent, sign(view.builder, view.input(0)))],
};
