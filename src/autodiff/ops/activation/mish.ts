import { add, mul, neg, plus, square } from '../../arithmetic.js';
import type { GradientRule } from '../../rule.js';
import { softplusOf } from './softplus.js';

/** Mish: `y = x · t` with `t = tanh(softplus(x))`, so that `dx = dy · (t + x · (1 − t²) · sigmoid(x))`. */
export const mish: GradientRule = {
  opTypes: ['Mish'],
  // Written out so that the gradient shares t; the operator itself runs on the CPU alone.
  forward(view) {
    const { builder: b } = view;
    const x = view.input(0);
    const gate = b.op('Tanh', [softplusOf(b, x)]);
    return { outputs: [mul(b, x, gate)], saved: { gate } };
  },
  vjp(view) {
    const { builder: b, cotangent } = view;
    const [x, gate] = [view.input(0), view.saved('gate')];
    const rise = mul(b, plus(b, neg(b, square(b, gate)), 1), b.op('Sigmoid', [x]));
    return [mul(b, cotangent, add(b, gate, mul(b, x, rise)))];
  },
};
