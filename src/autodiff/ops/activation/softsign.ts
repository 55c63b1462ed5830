import { div, plus, square } from '../../arithmetic.js';
import type { GradientRule } from '../../rule.js';

/** Softsign: `y = x / (1 + |x|)`, so that `dx = dy / (1 + |x|)²`. */
export const softsign: GradientRule = {
  opTypes: ['Softsign'],
  // Written out so that the gradient shares the denominator; the operator itself runs on the CPU alone.
  forward(view) {
    const { builder: b } = view;
    const denominator = plus(b, b.op('Abs', [view.input(0)]), 1);
    return { outputs: [div(b, view.input(0), denominator)], saved: { denominator } };
  },
  vjp: (view) => [
    div(view.builder, view.cotangent, square(view.builder, view.saved('denominator'))),
  ],
};
