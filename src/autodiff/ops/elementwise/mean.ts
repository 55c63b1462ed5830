import { times, total } from '../../arithmetic.js';
import { sumTo } from '../../reduce.js';
import type { GradientRule } from '../../rule.js';

/** Mean: each operand takes an equal share, summed over the axes along which it was repeated. */
export const mean: GradientRule = {
  opTypes: ['Mean'],
  forward(view) {
    const { builder: b, inputs } = view;
    // The operator itself runs on the CPU alone.
    if (!b.portable || inputs.length < 2) return null;
    const others = inputs.slice(1).map((_, i) => view.input(i + 1));
    return { outputs: [times(b, total(b, [view.input(0), ...others]), 1 / inputs.length)] };
  },
  vjp({ builder: b, inputs, needs, cotangent }) {
    const share = times(b, cotangent, 1 / inputs.length);
    return inputs.map((input, i) => (input && needs[i] ? sumTo(b, share, b.dims(input)) : null));
  },
};
