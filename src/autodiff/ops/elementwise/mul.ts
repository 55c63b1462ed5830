import { neg, mul as product, div as quotient } from '../../arithmetic.js';
import { sumTo } from '../../reduce.js';
import type { GradientRule } from '../../rule.js';

/** Mul: `y = a · b`, so that `da = dy · b` and `db = dy · a`. */
export const mul: GradientRule = {
  opTypes: ['Mul'],
  vjp(view) {
    const { builder: b, cotangent: dy, needs } = view;
    const [x, y] = [view.input(0), view.input(1)];
    return [
      needs[0] ? sumTo(b, product(b, dy, y), b.dims(x)) : null,
      needs[1] ? sumTo(b, product(b, dy, x), b.dims(y)) : null,
    ];
  },
};

/** Div: `y = a / b`, so that `da = dy / b` and `db = −dy · y / b`. */
export const div: GradientRule = {
  opTypes: ['Div'],
  vjp(view) {
    const { builder: b, cotangent: dy, output: y, needs } = view;
    const [numerator, denominator] = [view.input(0), view.input(1)];
    const part = quotient(b, dy, denominator);
    return [
      needs[0] ? sumTo(b, part, b.dims(numerator)) : null,
      needs[1] ? neg(b, sumTo(b, product(b, part, y), b.dims(denominator))) : null,
    ];
  },
};
