import type { Dim } from '../../value.js';
import type { NodeContext } from '../context.js';
import { isKnown, maxRank, typed, unknownDims } from '../dims.js';
import type { TypeRule } from './rule.js';

/** The axes that Shape reports: [start, end) with both clamped to the rank. */
export function shapeRange(context: NodeContext, rank: number): [start: number, end: number] {
  const clamp = (axis: number): number =>
    Math.min(Math.max(axis < 0 ? axis + rank : axis, 0), rank);
  const start = clamp(context.node.int('start', 0));
  return [start, Math.max(start, clamp(context.node.int('end', rank)))];
}

const shape: TypeRule = {
  opTypes: ['Shape'],
  infer(context) {
    const rank = context.rank(0);
    if (rank === null) return [typed('int64', [null])];
    const [start, end] = shapeRange(context, rank);
    return [typed('int64', [end - start])];
  },
};

const scalarInteger: TypeRule = {
  opTypes: ['Size', 'SequenceLength'],
  infer: () => [typed('int64', [])],
};

const scalarBool: TypeRule = {
  opTypes: ['OptionalHasElement'],
  infer: () => [typed('bool', [])],
};

/** A shape given as a tensor: its elements, or as many unknown lengths. */
function givenShape(context: NodeContext, index: number): readonly Dim[] | null {
  const elements = context.elements(index);
  if (elements) return elements;
  const length = context.length(index);
  return length === null || length > maxRank ? null : unknownDims(length);
}

const constantOfShape: TypeRule = {
  opTypes: ['ConstantOfShape'],
  infer(context) {
    const dtype = context.node.tensor('value')?.dtype ?? 'float32';
    return [typed(dtype, givenShape(context, 0))];
  },
};

/** Number of elements of Range(start, limit, delta). */
function rangeLength(context: NodeContext): Dim {
  const bounds = [context.scalar(0), context.scalar(1), context.scalar(2)];
  const [start, limit, delta] = bounds;
  if (isKnown(bounds)) {
    const [first = 0, last = 0, step = 1] = bounds;
    const extent = context.dtype(0) === 'float32' ? Math.fround(last - first) : last - first;
    const steps = Math.ceil(extent / step);
    return Number.isFinite(steps) ? Math.max(0, steps) : null;
  }
  return start === 0 && delta === 1 ? (limit ?? null) : null;
}

const range: TypeRule = {
  opTypes: ['Range'],
  infer: (context) => [typed(context.dtype(0), [rangeLength(context)])],
};

const eyeLike: TypeRule = {
  opTypes: ['EyeLike'],
  infer: (context) => [typed(context.dtypeAttribute('dtype', context.dtype(0)), context.shape(0))],
};

export const shapeRules: readonly TypeRule[] = [
  shape,
  scalarInteger,
  scalarBool,
  constantOfShape,
  range,
  eyeLike,
];
