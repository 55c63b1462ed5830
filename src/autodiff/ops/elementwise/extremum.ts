import type { Value } from '../../../ir/index.js';
import { div, indicator, mul, total } from '../../arithmetic.js';
import { sumTo } from '../../reduce.js';
import type { GradientRule } from '../../rule.js';

/** Max and Min: the cotangent goes to the operand that won; those that are equal share it, as PyTorch has it for two. */
export const extremum: GradientRule = {
  opTypes: ['Max', 'Min'],
  forward(view) {
    const { builder: b, inputs, node } = view;
    // The operators themselves run on the CPU alone.
    if (!b.portable || inputs.length < 2) return null;
    const comparison = node.opType === 'Max' ? 'Greater' : 'Less';
    const values = inputs.map((_, i) => view.input(i));
    return { outputs: [values.reduce((x, y) => b.op('Where', [b.op(comparison, [x, y]), x, y]))] };
  },
  vjp(view) {
    const { builder: b, inputs, needs, output, cotangent } = view;
    const wins = inputs.map((_, i) =>
      indicator(b, b.op('Equal', [view.input(i), output]), cotangent),
    ) as [Value, ...Value[]];
    const share = div(b, cotangent, total(b, wins));
    return wins.map((win, i) => (needs[i] ? sumTo(b, mul(b, share, win), view.dims(i)) : null));
  },
};
