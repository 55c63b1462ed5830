import { mul, neg } from '../../arithmetic.js';
import type { GradientRule } from '../../rule.js';

/** Sin: `dx = dy · cos x`. */
export const sin: GradientRule = {
  opTypes: ['Sin'],
  vjp: (view) => [mul(view.builder, view.cotangent, view.builder.op('Cos', [view.input(0)]))],
};

/** Cos: `dx = −dy · sin x`. */
export const cos: GradientRule = {
  opTypes: ['Cos'],
  vjp(view) {
    const { builder: b } = view;
    return [neg(b, mul(b, view.cotangent, b.op('Sin', [view.input(0)])))];
  },
};
