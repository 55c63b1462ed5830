import { mul, sub } from '../../arithmetic.js';
import { reduceMax, reduceSum } from '../../reduce.js';
import type { GradientRule } from '../../rule.js';

/** LogSoftmax over one axis: `dx = dy − softmax(x) · Σ dy`. */
export const logSoftmax: GradientRule = {
  opTypes: ['LogSoftmax'],
  // The operator itself runs on the CPU alone.
  forward(view) {
    const { builder: b } = view;
    const [x, axes] = [view.input(0), [view.axis(-1)]];
    const shifted = sub(b, x, reduceMax(b, x, axes));
    const powers = b.op('Exp', [shifted]);
    const sum = b.op('Log', [reduceSum(b, powers, axes)]);
    return { outputs: [sub(b, shifted, sum)] };
  },
  vjp(view) {
    const { builder: b, output, cotangent } = view;
    const sum = reduceSum(b, cotangent, [view.axis(-1)]);
    return [sub(b, cotangent, mul(b, b.op('Exp', [output]), sum))];
  },
};
