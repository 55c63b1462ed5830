import { neg, total } from '../../arithmetic.js';
import { sumTo } from '../../reduce.js';
import type { GradientRule } from '../../rule.js';

/** Add and Sum: the cotangent goes to every operand, summed over the axes along which that was repeated. */
export const add: GradientRule = {
  opTypes: ['Add', 'Sum'],
  forward(view) {
    const { builder: b, inputs, node } = view;
    // Sum runs on the CPU alone.
    if (node.opType !== 'Sum' || !b.portable || inputs.length < 2) return null;
    const others = inputs.slice(1).map((_, i) => view.input(i + 1));
    return { outputs: [total(b, [view.input(0), ...others])] };
  },
  vjp: ({ builder: b, inputs, needs, cotangent }) =>
    inputs.map((input, i) => (input && needs[i] ? sumTo(b, cotangent, b.dims(input)) : null)),
};

/** Sub: `y = a − b`. */
export const sub: GradientRule = {
  opTypes: ['Sub'],
  vjp: ({ builder: b, inputs, needs, cotangent }) =>
    inputs.map((input, i) => {
      if (!input || !needs[i]) return null;
      const sum = sumTo(b, cotangent, b.dims(input));
      return i === 0 ? sum : neg(b, sum);
    }),
};
