import { inverse, transpose as permute } from '../../layout.js';
import type { GradientRule } from '../../rule.js';

/** Transpose: the axes go back where they came from. */
export const transpose: GradientRule = {
  opTypes: ['Transpose'],
  vjp(view) {
    const { builder: b, node, cotangent } = view;
    const perm = node.ints('perm') ?? view.dims(0).map((_, axis, dims) => dims.length - 1 - axis);
    return [permute(b, cotangent, inverse(perm))];
  },
};
