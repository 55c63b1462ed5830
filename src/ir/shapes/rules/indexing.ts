import type { Dim } from '../../value.js';
import type { NodeContext } from '../context.js';
import { axisIn, differ, refineDim, sum, typed, unknownDims } from '../dims.js';
import type { TypeRule } from './rule.js';
import { sliceRanges, splitParts } from './slicing.js';

function concatenated(context: NodeContext): Dim[] | null {
  const shapes = context.node.inputs.map((_, i) => context.shape(i));
  const known = shapes.filter((shape) => shape !== null);
  const first = known[0];
  if (!first || known.some((shape) => shape.length !== first.length)) return null;
  const axis = axisIn(context.node.int('axis', context.opset < 4 ? 1 : 0), first.length);
  if (axis === null) return null;
  const result = [...first];
  for (const shape of known.slice(1)) {
    for (const [i, dim] of shape.entries()) {
      if (i === axis) continue;
      if (differ(result[i] ?? null, dim)) return null;
      result[i] = refineDim(result[i] ?? null, dim);
    }
  }
  result[axis] = sum(shapes.map((shape) => shape?.[axis] ?? null));
  return result;
}

const concat: TypeRule = {
  opTypes: ['Concat'],
  infer: (context) => [typed(context.dtype(0), concatenated(context))],
};

const split: TypeRule = {
  opTypes: ['Split'],
  infer(context) {
    const shape = context.shape(0);
    const cut = shape && splitParts(context, shape);
    return context.node.outputs.map((_, i) =>
      typed(context.dtype(0), shape && cut && shape.with(cut.axis, cut.parts[i] ?? null)),
    );
  },
};

const slice: TypeRule = {
  opTypes: ['Slice'],
  infer(context) {
    const shape = context.shape(0);
    const ranges = shape && sliceRanges(context, shape);
    const lengths = ranges?.map((range) => range.length) ?? (shape && unknownDims(shape.length));
    return [typed(context.dtype(0), lengths)];
  },
};

const gather: TypeRule = {
  opTypes: ['Gather'],
  infer(context) {
    const data = context.shape(0);
    const indices = context.shape(1);
    const axis = data && axisIn(context.node.int('axis', 0), data.length);
    const shape = data && indices && axis !== null ? data.toSpliced(axis, 1, ...indices) : null;
    return [typed(context.dtype(0), shape)];
  },
};

const gatherElements: TypeRule = {
  opTypes: ['GatherElements'],
  infer: (context) => [typed(context.dtype(0), context.shape(1))],
};

/** data [b..., d0, ..., rest...] by indices [b..., i..., k] → [b..., i..., rest...]. */
const gatherND: TypeRule = {
  opTypes: ['GatherND'],
  infer(context) {
    const data = context.shape(0);
    const indices = context.shape(1);
    const depth = indices?.at(-1);
    if (!data || !indices || typeof depth !== 'number') return [typed(context.dtype(0), null)];
    const used = context.node.int('batch_dims', 0) + depth;
    const shape = used <= data.length ? [...indices.slice(0, -1), ...data.slice(used)] : null;
    return [typed(context.dtype(0), shape)];
  },
};

const likeData: TypeRule = {
  opTypes: ['Scatter', 'ScatterElements', 'ScatterND', 'TensorScatter'],
  infer: (context) => [context.type(0)],
};

/** Elements of the input (flattened without an axis) where the condition holds. */
const compress: TypeRule = {
  opTypes: ['Compress'],
  infer(context) {
    const shape = context.shape(0);
    if (!context.node.attributes.has('axis')) return [typed(context.dtype(0), [null])];
    const axis = shape && axisIn(context.node.int('axis', 0), shape.length);
    return [typed(context.dtype(0), shape && axis !== null ? shape.with(axis, null) : null)];
  },
};

export const indexingRules: readonly TypeRule[] = [
  concat,
  split,
  slice,
  gather,
  gatherElements,
  gatherND,
  likeData,
  compress,
];
