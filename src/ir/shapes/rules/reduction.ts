import type { Dim } from '../../value.js';
import type { NodeContext } from '../context.js';
import { axesIn, typed, unknownDims } from '../dims.js';
import type { TypeRule } from './rule.js';

/** Shape after reducing over `axes`, a set of axes counted from the front. */
function without(shape: readonly Dim[], axes: ReadonlySet<number>, keep: boolean): Dim[] {
  return keep
    ? shape.map((dim, i) => (axes.has(i) ? 1 : dim))
    : shape.filter((_, i) => !axes.has(i));
}

/** Shape when only the number of axes is known. */
function withoutSome(rank: number, count: number | null, keep: boolean): Dim[] | null {
  if (keep) return unknownDims(rank);
  return count === null || count > rank ? null : unknownDims(rank - count);
}

function reduced(context: NodeContext): Dim[] | null {
  const { node } = context;
  const shape = context.shape(0);
  if (!shape) return null;
  const keep = node.int('keepdims', 1) !== 0;
  const count = context.isGiven('axes', 1) ? context.listLength('axes', 1) : 0;
  if (count === 0) {
    const axes = node.int('noop_with_empty_axes', 0) ? [] : shape.keys();
    return without(shape, new Set(axes), keep);
  }
  const list = context.numbers('axes', 1);
  if (list === null) return withoutSome(shape.length, count, keep);
  const axes = axesIn(list, shape.length);
  return axes && without(shape, axes, keep);
}

const reduce: TypeRule = {
  opTypes: [
    ...['ReduceL1', 'ReduceL2', 'ReduceLogSum', 'ReduceLogSumExp', 'ReduceMax', 'ReduceMean'],
    ...['ReduceMin', 'ReduceProd', 'ReduceSum', 'ReduceSumSquare'],
  ],
  infer: (context) => [typed(context.dtype(0), reduced(context))],
};

const argument: TypeRule = {
  opTypes: ['ArgMax', 'ArgMin'],
  infer(context) {
    const shape = context.shape(0);
    const axes = shape && axesIn([context.node.int('axis', 0)], shape.length);
    const keep = context.node.int('keepdims', 1) !== 0;
    return [typed('int64', shape && axes && without(shape, axes, keep))];
  },
};

export const reductionRules: readonly TypeRule[] = [reduce, argument];
