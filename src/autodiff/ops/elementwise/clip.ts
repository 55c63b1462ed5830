import type { Value } from '../../../ir/index.js';
import { indicator, mul, sub } from '../../arithmetic.js';
import { sumTo } from '../../reduce.js';
import type { GradientRule } from '../../rule.js';
import type { VjpView } from '../../view.js';

/** Cotangents of the elements that took the value of the lower bound. @param outside cotangents of all that changed */
function ofLowerBound(view: VjpView, outside: Value): Value {
  const { builder: b, output } = view;
  if (!view.has(2)) return outside;
  const raised = indicator(b, b.op('Less', [view.input(0), output]), outside);
  // Where the bounds are crossed, everything takes the value of the upper one.
  const atBound = indicator(b, b.op('Equal', [output, view.input(1)]), outside);
  return mul(b, outside, mul(b, raised, atBound));
}

/**
 * Clip: `dx = dy` where the element stayed as it was, at the bounds too (as PyTorch's `clamp`; its ReLU6 and Hardtanh,
 * which export to the same operator, have 0 there); what changed goes to the bounds.
 */
export const clip: GradientRule = {
  opTypes: ['Clip'],
  vjp(view) {
    const { builder: b, cotangent, needs, output } = view;
    const inside = indicator(b, b.op('Equal', [view.input(0), output]), cotangent);
    const dx = mul(b, cotangent, inside);
    if (!needs[1] && !needs[2]) return [dx];
    const outside = sub(b, cotangent, dx);
    const low = view.has(1) ? ofLowerBound(view, outside) : null;
    const high = low ? sub(b, outside, low) : outside;
    return [
      dx,
      needs[1] && low ? sumTo(b, low, view.dims(1)) : null,
      needs[2] ? sumTo(b, high, view.dims(2)) : null,
    ];
  },
};
