import { type Call, rule, type TfRule } from '../call.js';
import type { TfTensor } from '../tf.js';

type Reduce = (x: TfTensor, axes: number[], keep: boolean) => TfTensor;

/** Axes are an attribute or an operand; none means all of them, unless the node says otherwise. */
function reduce(call: Call, run: Reduce): TfTensor {
  const { node } = call;
  const x = call.input(0);
  const given = (call.list('axes', 1) ?? []).map((axis) => call.fromFront(axis));
  if (given.length === 0 && node.int('noop_with_empty_axes', 0) !== 0) return x;
  const axes = given.length === 0 ? x.shape.map((_, axis) => axis) : given;
  return run(x, axes, node.int('keepdims', 1) !== 0);
}

/** Reductions over some axes. */
export const reductions: readonly TfRule[] = [
  rule('ReduceSum', (call) => reduce(call, (x, axes, keep) => call.tf.sum(x, axes, keep))),
  rule('ReduceMean', (call) => reduce(call, (x, axes, keep) => call.tf.mean(x, axes, keep))),
  rule('ReduceMax', (call) => reduce(call, (x, axes, keep) => call.tf.max(x, axes, keep))),
  rule('ReduceMin', (call) => reduce(call, (x, axes, keep) => call.tf.min(x, axes, keep))),
  rule('ReduceSumSquare', (call) =>
    reduce(call, (x, axes, keep) => call.tf.sum(call.tf.square(x), axes, keep)),
  ),
];
