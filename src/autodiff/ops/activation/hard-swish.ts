import { float } from '../../../ir/index.js';
import { add, mul, times } from '../../arithmetic.js';
import type { GradientRule } from '../../rule.js';
import { rises } from './hard-sigmoid.js';

/** HardSwish: `y = x · h(x)` with `h(x) = HardSigmoid(x)`, so that `dx = dy · (h + x · h′)`. */
export const hardSwish: GradientRule = {
  opTypes: ['HardSwish'],
  // Written out so that the gradient shares h; the operator itself runs on the CPU alone.
  forward(view) {
    const { builder: b } = view;
    const x = view.input(0);
    const gate = b.op('HardSigmoid', [x], { alpha: float(1 / 6), beta: float(0.5) });
    return { outputs: [mul(b, x, gate)], saved: { gate } };
  },
  vjp(view) {
    const { builder: b, cotangent } = view;
    const gate = view.saved('gate');
    const rise = times(b, mul(b, view.input(0), rises(b, gate)), 1 / 6);
    return [mul(b, cotangent, add(b, gate, rise))];
  },
};
