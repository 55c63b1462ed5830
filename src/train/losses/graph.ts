import type { GraphBuilder, Value } from '../../ir/index.js';

/** Sum over some axes, which go. */
export const sum = (b: GraphBuilder, x: Value, axes: readonly number[]): Value =>
  b.op('ReduceSum', [x, b.int64s(axes)], { keepdims: 0 });

/** Mean over all elements, without axes. */
export const mean = (b: GraphBuilder, x: Value): Value => b.op('ReduceMean', [x], { keepdims: 0 });

export const scalar = (b: GraphBuilder, value: number): Value => b.floats([], [value], 'scalar');
