import type { Value } from '../ir/index.js';
import type { TypedBuilder } from './builder.js';
import { reshape } from './layout.js';

type B = TypedBuilder;

/** First opsets in which a reduction takes its axes as an operand. */
const axesAreOperand: Readonly<Record<string, number>> = { ReduceSum: 13 };

/**
 * A reduction of the ONNX operator set over some axes.
 * @param opType ReduceSum, ReduceMean, ReduceMax, ReduceSumSquare …
 * @param keep whether reduced axes stay, with length 1
 */
export function reduce(
  b: B,
  opType: string,
  x: Value,
  axes: readonly number[],
  keep = true,
): Value {
  const keepdims = keep ? 1 : 0;
  if (b.opset >= (axesAreOperand[opType] ?? 18)) {
    return b.op(opType, [x, b.int64s(axes)], { keepdims });
  }
  return b.op(opType, [x], { axes, keepdims });
}

export const reduceSum = (b: B, x: Value, axes: readonly number[], keep = true): Value =>
  // To the operator no axes would mean all.
  axes.length === 0 ? x : reduce(b, 'ReduceSum', x, axes, keep);

export const reduceMean = (b: B, x: Value, axes: readonly number[], keep = true): Value =>
  reduce(b, 'ReduceMean', x, axes, keep);

export const reduceMax = (b: B, x: Value, axes: readonly number[], keep = true): Value =>
  reduce(b, 'ReduceMax', x, axes, keep);

/** All axes of a value of some rank. */
export const allAxes = (rank: number): number[] => Array.from({ length: rank }, (_, axis) => axis);

/** Sums a cotangent over the axes along which a value of lengths `dims` was repeated. */
export function sumTo(b: B, x: Value, dims: readonly number[]): Value {
  const from = b.dims(x);
  const lead = from.length - dims.length;
  const axes = allAxes(from.length).filter(
    (axis) => axis < lead || (dims[axis - lead] === 1 && from[axis] !== 1),
  );
  const summed = axes.length === 0 ? x : reduceSum(b, x, axes);
  return reshape(b, summed, dims);
}

/** Two factors of a number, as equal as can be, the larger one first. */
export function evenFactors(length: number): [number, number] {
  let divisor = Math.max(1, Math.floor(Math.sqrt(length)));
  while (length % divisor !== 0) divisor--;
  return [length / divisor, divisor];
}

/** Sum of the squares of all elements, without axes. */
export function squaredNorm(b: B, x: Value): Value {
  // In one stage onnxruntime adds them up one after the other, and a million additions leave four digits.
  const rows = reshape(b, x, evenFactors(b.size(x)));
  return reduce(b, 'ReduceSum', reduce(b, 'ReduceSumSquare', rows, [1], false), [0], false);
}
