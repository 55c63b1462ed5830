import { div, mul, sub } from '../../arithmetic.js';
import { expand } from '../../layout.js';
import { reduceSum } from '../../reduce.js';
import type { GradientRule } from '../../rule.js';
import { kept, reducedAxes } from './axes.js';

/** ReduceLogSum, `y = ln Σ x`: `dx = dy / Σ x`. */
export const reduceLogSum: GradientRule = {
  opTypes: ['ReduceLogSum'],
  vjp(view) {
    const { builder: b } = view;
    const sum = reduceSum(b, view.input(0), reducedAxes(view));
    return [expand(b, div(b, kept(view, view.cotangent), sum), view.dims(0))];
  },
};

/** ReduceLogSumExp, `y = ln Σ eˣ`: `dx = dy · e^(x − y)`. */
export const reduceLogSumExp: GradientRule = {
  opTypes: ['ReduceLogSumExp'],
  vjp(view) {
    const { builder: b } = view;
    const powers = b.op('Exp', [sub(b, view.input(0), kept(view, view.output))]);
    return [mul(b, powers, kept(view, view.cotangent))];
  },
};
