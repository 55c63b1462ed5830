import { split } from '../../layout.js';
import type { GradientRule } from '../../rule.js';

/** Concat: every operand gets its part of the cotangent. */
export const concat: GradientRule = {
  opTypes: ['Concat'],
  vjp(view) {
    const { builder: b, node, inputs, cotangent } = view;
    const rank = b.dims(cotangent).length;
    const axis = (node.int('axis', 0) + rank) % rank;
    const lengths = inputs.map((_, i) => view.dims(i)[axis] as number);
    return split(b, cotangent, lengths, axis);
  },
};
