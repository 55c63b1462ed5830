import { add, mul, neg, sub } from '../../arithmetic.js';
import { positive } from '../../masks.js';
import { sumTo } from '../../reduce.js';
import type { GradientRule } from '../../rule.js';
import type { NodeView } from '../../view.js';

/** `max(−x, 0)`. */
const below = ({ builder: b }: NodeView, x: ReturnType<NodeView['input']>) =>
  b.op('Relu', [neg(b, x)]);

/** PRelu: `y = max(x, 0) − slope · max(−x, 0)`; at 0 the slope counts, as PyTorch has it. */
export const prelu: GradientRule = {
  opTypes: ['PRelu'],
  forward(view) {
    const { builder: b } = view;
    // The operator itself runs on the CPU alone.
    if (!b.portable) return null;
    const x = view.input(0);
    return { outputs: [sub(b, b.op('Relu', [x]), mul(b, view.input(1), below(view, x)))] };
  },
  vjp(view) {
    const { builder: b, cotangent: dy, needs } = view;
    const [x, slope] = [view.input(0), view.input(1)];
    const dx = () => {
      const passed = mul(b, dy, positive(b, x));
      return add(b, passed, mul(b, sub(b, dy, passed), slope));
    };
    return [
      needs[0] ? dx() : null,
      needs[1] ? neg(b, sumTo(b, mul(b, dy, below(view, x)), b.dims(slope))) : null,
    ];
  },
};
