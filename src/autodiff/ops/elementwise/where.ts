import { sumTo } from '../../reduce.js';
import type { GradientRule } from '../../rule.js';

/** Where: the cotangent of each element goes to the operand that it was taken from. */
export const where: GradientRule = {
  opTypes: ['Where'],
  vjp(view) {
    const { builder: b, cotangent, needs } = view;
    const zero = b.scalar(0, cotangent);
    // A product with a mask would turn infinite cotangents into NaN.
    const part = (yes: typeof zero, no: typeof zero) => b.op('Where', [view.input(0), yes, no]);
    return [
      null,
      needs[1] ? sumTo(b, part(cotangent, zero), view.dims(1)) : null,
      needs[2] ? sumTo(b, part(zero, cotangent), view.dims(2)) : null,
    ];
  },
};
