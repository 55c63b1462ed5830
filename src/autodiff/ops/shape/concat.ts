import { split } from '../../layout.js';
import type { GradientRule } from '../../rule.js';

/** Concat: every operand gets its part of the cotangent. */
export const concat: GradientRule = {
  opTypes: ['Concat'],
  vjp(view) {
    const { builder: b, inputs, cotangent } = view;
    const axis = view.axis(0);
    const lengths = inputs.map((_, i) => view.dims(i)[axis] as number);
    return split(b, cotangent, lengths, axis);
  },
};
