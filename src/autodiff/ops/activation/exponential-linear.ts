import { float, type Value } from '../../../ir/index.js';
import { add, mul, neg, times } from '../../arithmetic.js';
import type { TypedBuilder } from '../../builder.js';
import { positive } from '../../masks.js';
import type { GradientRule } from '../../rule.js';
import type { NodeView } from '../../view.js';

/** `y = above · x` where `x > 0`, else `depth · (e^(rate · x) − 1)`. */
interface Shape {
  readonly above: number;
  readonly depth: number;
  readonly rate: number;
}

function shapeOf({ node }: NodeView): Shape {
  if (node.opType === 'Selu') {
    const gamma = node.float('gamma', Math.fround(1.0507009873554805));
    return {
      above: gamma,
      depth: gamma * node.float('alpha', Math.fround(1.6732632423543772)),
      rate: 1,
    };
  }
  const alpha = node.float('alpha', 1);
  return { above: 1, depth: alpha, rate: node.opType === 'Celu' ? 1 / alpha : 1 };
}

/** The same by Elu, which every device has. */
function byElu(view: NodeView, { above, depth, rate }: Shape): Value {
  const { builder: b } = view;
  const inner = times(b, view.input(0), rate);
  const elu = b.op('Elu', [inner], { alpha: float((depth * rate) / above) });
  return times(b, elu, above / rate);
}

/** `e^(rate · x)` where `x ≤ 0`, else 1. */
const decay = (b: TypedBuilder, x: Value, rate: number): Value =>
  b.op('Exp', [times(b, b.op('Relu', [neg(b, x)]), -rate)]);

/** Elu, Selu and Celu: at 0 the exponential side counts, whose slope is `depth · rate · e^(rate · x)`. */
export const exponentialLinear: GradientRule = {
  opTypes: ['Celu', 'Elu', 'Selu'],
  forward: (view) =>
    view.builder.portable && view.node.opType !== 'Elu'
      ? { outputs: [byElu(view, shapeOf(view))] }
      : null,
  vjp(view) {
    const { builder: b, cotangent } = view;
    const x = view.input(0);
    const { above, depth, rate } = shapeOf(view);
    const below = depth * rate;
    const slope = times(b, decay(b, x, rate), below);
    if (above === below) return [mul(b, cotangent, slope)];
    return [mul(b, cotangent, add(b, slope, times(b, positive(b, x), above - below)))];
  },
};
