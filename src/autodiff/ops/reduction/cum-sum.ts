import type { GradientRule } from '../../rule.js';

/** CumSum: the cotangents are summed up in the opposite direction. */
export const cumSum: GradientRule = {
  opTypes: ['CumSum'],
  vjp(view) {
    const { builder: b, node } = view;
    const exclusive = node.int('exclusive', 0);
    const reverse = 1 - node.int('reverse', 0);
    return [b.op('CumSum', [view.cotangent, view.input(1)], { exclusive, reverse })];
  },
};
