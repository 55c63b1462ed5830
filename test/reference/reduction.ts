import type { Node } from '../../src/ir/index.js';
import { type NdArray, normalizeAxis, offsetOf, positions } from './array.js';

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

function logSumExp(values: readonly number[]): number {
  const largest = Math.max(...values);
  return largest + Math.log(sum(values.map((x) => Math.exp(x - largest))));
}

const results: Readonly<Record<string, (values: readonly number[]) => number>> = {
  ReduceL1: (values) => sum(values.map(Math.abs)),
  ReduceL2: (values) => Math.sqrt(sum(values.map((x) => x * x))),
  ReduceLogSum: (values) => Math.log(sum(values)),
  ReduceLogSumExp: logSumExp,
  ReduceMax: (values) => Math.max(...values),
  ReduceMean: (values) => sum(values) / values.length,
  ReduceMin: (values) => Math.min(...values),
  ReduceProd: (values) => values.reduce((a, b) => a * b, 1),
  ReduceSum: sum,
  ReduceSumSquare: (values) => sum(values.map((x) => x * x)),
};

export const isReduction = (node: Node): boolean => results[node.opType] !== undefined;

/** Axes by attribute or operand; without any, all are reduced, or none with `noop_with_empty_axes`. */
export function reduction(node: Node, x: NdArray, operand: NdArray | null): NdArray {
  const combine = results[node.opType] as (values: readonly number[]) => number;
  const rank = x.dims.length;
  const given = node.ints('axes') ?? [...(operand?.data ?? [])];
  const none = given.length === 0 && node.int('noop_with_empty_axes', 0) === 0;
  const axes = none ? [...x.dims.keys()] : given.map((axis) => normalizeAxis(axis, rank));
  const kept = x.dims.map((length, axis) => (axes.includes(axis) ? 1 : length));
  const groups = positions(kept).map(() => [] as number[]);
  positions(x.dims).forEach((position, i) => {
    const at = position.map((p, axis) => (axes.includes(axis) ? 0 : p));
    groups[offsetOf(kept, at)]?.push(x.data[i] as number);
  });
  const dims = kept.filter((_, axis) => node.int('keepdims', 1) !== 0 || !axes.includes(axis));
  return { dims, data: Float64Array.from(groups, combine) };
}
