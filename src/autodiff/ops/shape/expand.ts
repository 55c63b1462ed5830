import { sumTo } from '../../reduce.js';
import type { GradientRule } from '../../rule.js';

/** Expand: the cotangent, summed over the axes along which the operand was repeated. */
export const expand: GradientRule = {
  opTypes: ['Expand'],
  vjp: (view) => [sumTo(view.builder, view.cotangent, view.dims(0))],
};
