import { mul, neg, square, times } from '../../arithmetic.js';
import type { GradientRule } from '../../rule.js';

/** Erf: `dx = dy · 2/√π · e^(−x²)`. */
export const erf: GradientRule = {
  opTypes: ['Erf'],
  vjp(view) {
    const { builder: b } = view;
    const bell = b.op('Exp', [neg(b, square(b, view.input(0)))]);
    return [mul(b, view.cotangent, times(b, bell, 2 / Math.sqrt(Math.PI)))];
  },
};
