import type { Dim } from '../../value.js';
import type { NodeContext } from '../context.js';
import { axisIn, quotient, typed } from '../dims.js';
import type { TypeRule } from './rule.js';

const topK: TypeRule = {
  opTypes: ['TopK'],
  infer(context) {
    const shape = context.shape(0);
    const axis = shape && axisIn(context.node.int('axis', -1), shape.length);
    const attribute = context.node.attributes.get('k');
    const count = attribute?.kind === 'int' ? attribute.value : context.scalar(1);
    const result = shape && axis !== null ? shape.with(axis, count) : null;
    return [typed(context.dtype(0), result), typed('int64', result)];
  },
};

const oneHot: TypeRule = {
  opTypes: ['OneHot'],
  infer(context) {
    const shape = context.shape(0);
    const axis = shape && axisIn(context.node.int('axis', -1), shape.length + 1);
    const result = shape && axis !== null ? shape.toSpliced(axis, 0, context.scalar(1)) : null;
    return [typed(context.dtype(2), result)];
  },
};

/** Number of elements other than zero, where all are known. */
function countNonZero(context: NodeContext): Dim {
  const elements = context.elements(0);
  const known = elements?.every((element) => typeof element === 'number');
  return known ? (elements?.filter((element) => element !== 0).length ?? null) : null;
}

/** Indices [rank, count]. */
const nonZero: TypeRule = {
  opTypes: ['NonZero'],
  infer: (context) => [typed('int64', [context.rank(0), countNonZero(context)])],
};

const unique: TypeRule = {
  opTypes: ['Unique'],
  infer(context) {
    const shape = context.shape(0);
    const flat = !context.node.attributes.has('axis');
    const axis = shape && axisIn(context.node.int('axis', 0), shape.length);
    const values = flat ? [null] : shape && axis !== null ? shape.with(axis, null) : null;
    const inverse =
      shape && (flat ? quotient(shape) : axis === null ? null : (shape[axis] ?? null));
    const counted = typed('int64', [null]);
    return [typed(context.dtype(0), values), counted, typed('int64', [inverse]), counted];
  },
};

const nonMaxSuppression: TypeRule = {
  opTypes: ['NonMaxSuppression'],
  infer: () => [typed('int64', [null, 3])],
};

export const selectionRules: readonly TypeRule[] = [
  topK,
  oneHot,
  nonZero,
  unique,
  nonMaxSuppression,
];
