import { add, div, indicator, mul, sub } from '../../arithmetic.js';
import { reduce, reduceSum } from '../../reduce.js';
import type { GradientRule } from '../../rule.js';
import { kept, reducedAxes } from './axes.js';

/** ReduceProd: each element gets the product of all others, which is 0 where one of those is 0. */
export const reduceProd: GradientRule = {
  opTypes: ['ReduceProd'],
  vjp(view) {
    const { builder: b, cotangent } = view;
    const [x, axes, zero] = [view.input(0), reducedAxes(view), b.scalar(0, cotangent)];
    if (axes.length === 0) return [cotangent];
    const zeros = indicator(b, b.op('Equal', [x, zero]), x);
    const filled = add(b, x, zeros);
    const otherZeros = sub(b, reduceSum(b, zeros, axes), zeros);
    const noOther = indicator(b, b.op('Equal', [otherZeros, zero]), x);
    const product = reduce(b, 'ReduceProd', filled, axes);
    const others = mul(b, div(b, product, filled), noOther);
    return [mul(b, others, kept(view, cotangent))];
  },
};
