import type { Value } from '../../../ir/index.js';
import { Tensor } from '../../../tensor/index.js';
import { mul, plus, square, sub, times } from '../../arithmetic.js';
import type { GradientRule } from '../../rule.js';
import type { NodeView } from '../../view.js';

/**
 * Sums over the channels near each channel, as a 1×1 convolution with a band of ones.
 * @param x `[N, C, …]` @param backwards whether every channel goes to those that it is near to
 */
function bandSum({ builder: b, node }: NodeView, x: Value, backwards: boolean): Value {
  const [, channels = 1, ...spatial] = b.dims(x);
  const size = node.int('size', 1);
  const [before, after] = [Math.floor((size - 1) / 2), Math.ceil((size - 1) / 2)];
  const band = Array.from({ length: channels ** 2 }, (_, i) => {
    const [row, column] = [Math.floor(i / channels), i % channels];
    const offset = backwards ? row - column : column - row;
    return Number(offset >= -before && offset <= after);
  });
  const dims = [channels, channels, ...spatial.map(() => 1)];
  return b.op('Conv', [x, b.constant(Tensor.fromNumbers(b.dtype(x), dims, band), 'band')]);
}

/** LRN: `y = x · s^−β` with `s = bias + α/size · Σ x²` over near channels. */
export const lrn: GradientRule = {
  opTypes: ['LRN'],
  forward(view) {
    const { builder: b, node } = view;
    const x = view.input(0);
    const weight = node.float('alpha', 1e-4) / node.int('size', 1);
    const sums = times(b, bandSum(view, square(b, x), false), weight);
    const s = plus(b, sums, node.float('bias', 1));
    const factor = b.op('Pow', [s, b.scalar(-node.float('beta', 0.75), x)]);
    return { outputs: [mul(b, x, factor)], saved: { s, factor } };
  },
  vjp(view) {
    const { builder: b, node, cotangent, output } = view;
    const weight = node.float('alpha', 1e-4) / node.int('size', 1);
    const shares = b.op('Div', [mul(b, cotangent, output), view.saved('s')]);
    const sums = times(b, bandSum(view, shares, true), 2 * node.float('beta', 0.75) * weight);
    const direct = mul(b, cotangent, view.saved('factor'));
    return [sub(b, direct, mul(b, view.input(0), sums))];
  },
};
