import { add, div, indicator, mul, sub } from '../../arithmetic.js';
import { sign } from '../../masks.js';
import { reduce, reduceSum } from '../../reduce.js';
import type { GradientRule } from '../../rule.js';

/** LpNormalization: `y = x / ‖x‖` along an axis, so that `dx = (dy − ∂‖x‖ · Σ dy · y) / ‖x‖`; zeros stay zeros. */
export const lpNormalization: GradientRule = {
  opTypes: ['LpNormalization'],
  forward(view) {
    const { builder: b, node } = view;
    const x = view.input(0);
    const norm = reduce(b, node.int('p', 2) === 1 ? 'ReduceL1' : 'ReduceL2', x, [view.axis(-1)]);
    const isZero = indicator(b, b.op('Equal', [norm, b.scalar(0, x)]), x);
    const divisor = add(b, norm, isZero);
    return { outputs: [div(b, x, divisor)], saved: { divisor } };
  },
  vjp(view) {
    const { builder: b, node, cotangent, output } = view;
    const slope = node.int('p', 2) === 1 ? sign(b, view.input(0)) : output;
    const along = reduceSum(b, mul(b, cotangent, output), [view.axis(-1)]);
    return [div(b, sub(b, cotangent, mul(b, slope, along)), view.saved('divisor'))];
  },
};
