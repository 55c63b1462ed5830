import { times } from '../../arithmetic.js';
import { expand, reshape } from '../../layout.js';
import type { GradientRule } from '../../rule.js';
import { reducedDims } from './axes.js';

/** ReduceSum and ReduceMean: the cotangent goes to every element that was summed, divided by their number for a mean. */
export const reduceSum: GradientRule = {
  opTypes: ['ReduceSum', 'ReduceMean'],
  vjp(view) {
    const { builder: b, node, cotangent } = view;
    const dims = view.dims(0);
    const kept = reshape(b, cotangent, reducedDims(view));
    const count = b.size(view.input(0)) / b.size(cotangent);
    const share = node.opType === 'ReduceMean' ? times(b, kept, 1 / count) : kept;
    return [expand(b, share, dims)];
  },
};
