import { div, indicator, mul } from '../../arithmetic.js';
import { reduceSum } from '../../reduce.js';
import type { GradientRule } from '../../rule.js';
import { kept, reducedAxes } from './axes.js';

/** ReduceMax and ReduceMin: elements that are equal to the result share the cotangent, as in PyTorch's `amax`. */
export const reduceExtremum: GradientRule = {
  opTypes: ['ReduceMax', 'ReduceMin'],
  vjp(view) {
    const { builder: b, cotangent, output } = view;
    const equal = b.op('Equal', [view.input(0), kept(view, output)]);
    const wins = indicator(b, equal, cotangent);
    const share = div(b, kept(view, cotangent), reduceSum(b, wins, reducedAxes(view)));
    return [mul(b, wins, share)];
  },
};
