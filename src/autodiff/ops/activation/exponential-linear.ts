import { float, type Value } from '../../../ir/index.js';
import { add, mul, neg, plus, times } from '../../arithmetic.js';
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
    return { above: gamma, depth: gamma * node.float('alpha', Math.fround(1.6732632423543772)), rate: 1 };
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

/** Elu, Selu and Celu: at 0 the exponential side counts, whose slope is `rate · (y + depth)`. */
export const exponentialLinear: GradientRule = {
  opTypes: ['Celu', 'Elu', 'Selu'],
  forward: (view) =>
    view.builder.portable && view.node.opType !== 'Elu'
      ? { outputs: [byElu(view, shapeOf(view))] }
      : null,
  vjp(view) {
    const { builder: b, cotangent, output } = view;
    const { above, depth, rate } = shapeOf(view);
    const right = positive(b, view.input(0));
    const left = plus(b, neg(b, right), 1);
    const slope = times(b, plus(b, output, depth), rate);
    return [mul(b, cotangent, add(b, times(b, right, above), mul(b, left, slope)))];
  },
};
