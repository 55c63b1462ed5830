import { times } from '../../arithmetic.js';
import { expand } from '../../layout.js';
import { allAxes, reduceMean } from '../../reduce.js';
import type { GradientRule } from '../../rule.js';

/** GlobalAveragePool: the cotangent is shared among all positions. */
export const globalAveragePool: GradientRule = {
  opTypes: ['GlobalAveragePool'],
  forward(view) {
    const axes = allAxes(view.dims(0).length).slice(2);
    return { outputs: [reduceMean(view.builder, view.input(0), axes)] };
  },
  vjp(view) {
    const { builder: b, cotangent } = view;
    const share = b.size(cotangent) / b.size(view.input(0));
    return [expand(b, times(b, cotangent, share), view.dims(0))];
  },
};
