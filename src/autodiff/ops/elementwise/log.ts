import { div } from '../../arithmetic.js';
import type { GradientRule } from '../../rule.js';

/** Log: `dx = dy / x`. */
export const log: GradientRule = {
  opTypes: ['Log'],
  vjp: (view) => [div(view.builder, view.cotangent, view.input(0))],
};
