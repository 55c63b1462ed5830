import { dataTypes } from '../../../tensor/index.js';
import type { GradientRule } from '../../rule.js';

/** Cast and CastLike between floating-point types: the cotangent is cast back. */
export const cast: GradientRule = {
  opTypes: ['Cast', 'CastLike'],
  forward(view) {
    const { builder: b, node } = view;
    if (node.opType !== 'CastLike') return null;
    const to = dataTypes[b.dtype(view.input(1))].code;
    return { outputs: [b.op('Cast', [view.input(0)], { to })] };
  },
  vjp(view) {
    const { builder: b, cotangent } = view;
    const to = dataTypes[b.dtype(view.input(0))].code;
    return [b.op('Cast', [cotangent], { to })];
  },
};
