import type { Value } from '../../../ir/index.js';
import { add, mul, neg, plus } from '../../arithmetic.js';
import type { TypedBuilder } from '../../builder.js';
import type { GradientRule } from '../../rule.js';

/** `ln(1 + eˣ)`, on every device as `max(x, 0) + ln(1 + e^(−|x|))`. */
export function softplusOf(b: TypedBuilder, x: Value): Value {
  if (!b.portable) return b.op('Softplus', [x]);
  const small = b.op('Exp', [neg(b, b.op('Abs', [x]))]);
  return add(b, b.op('Relu', [x]), b.op('Log', [plus(b, small, 1)]));
}

/** Softplus: `dx = dy · sigmoid(x)`. */
export const softplus: GradientRule = {
  opTypes: ['Softplus'],
  forward: (view) => ({ outputs: [softplusOf(view.builder, view.input(0))] }),
  vjp: (view) => [mul(view.builder, view.cotangent, view.builder.op('Sigmoid', [view.input(0)]))],
};
