import { add, div, mul, neg, plus, times } from '../../arithmetic.js';
import { positive, sign } from '../../masks.js';
import type { GradientRule } from '../../rule.js';
import { kept } from './axes.js';

/** ReduceL1, the sum of absolute values: `dx = dy · sign x`. */
export const reduceL1: GradientRule = {
  opTypes: ['ReduceL1'],
  vjp(view) {
    const { builder: b } = view;
    return [mul(b, sign(b, view.input(0)), kept(view, view.cotangent))];
  },
};

/** ReduceL2, the Euclidean norm: `dx = dy · x / y`, 0 for a vector of zeros (as PyTorch has it). */
export const reduceL2: GradientRule = {
  opTypes: ['ReduceL2'],
  vjp(view) {
    const { builder: b } = view;
    const norm = kept(view, view.output);
    const isZero = plus(b, neg(b, positive(b, norm)), 1);
    const share = div(b, kept(view, view.cotangent), add(b, norm, isZero));
    return [mul(b, view.input(0), share)];
  },
};

/** ReduceSumSquare: `dx = 2x · dy`. */
export const reduceSumSquare: GradientRule = {
  opTypes: ['ReduceSumSquare'],
  vjp(view) {
    const { builder: b } = view;
    return [mul(b, view.input(0), times(b, kept(view, view.cotangent), 2))];
  },
};
