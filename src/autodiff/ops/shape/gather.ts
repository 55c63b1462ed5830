import type { Value } from '../../../ir/index.js';
import { filled } from '../../arithmetic.js';
import type { TypedBuilder } from '../../builder.js';
import { expand, flatSize, pad, reshape } from '../../layout.js';
import type { GradientRule } from '../../rule.js';
import type { NodeView } from '../../view.js';
import { canScatter, oneHot } from './indices.js';

/** Indices that are known, none negative; null when they depend on the input. */
function knownIndices(view: NodeView, length: number): readonly number[] | null {
  return view.numbers(1)?.map((index) => (index < 0 ? index + length : index)) ?? null;
}

/**
 * Each element of the axis was taken at most once: it is looked up where its cotangent is.
 * @param cotangent `[lead, n, tail]` @returns `[lead, length, tail]`
 */
function lookedUp(
  b: TypedBuilder,
  cotangent: Value,
  indices: readonly number[],
  length: number,
): Value {
  const [first = 0, count] = [indices[0], indices.length];
  if (indices.every((index, i) => index === first + i)) {
    return pad(b, cotangent, [0, first, 0, 0, length - first - count, 0]);
  }
  // Those that were not taken find the zero behind the last.
  const places = Array<number>(length).fill(count);
  indices.forEach((index, i) => {
    places[index] = i;
  });
  const missing = count < length ? 1 : 0;
  return b.op('Gather', [pad(b, cotangent, [0, 0, 0, 0, missing, 0]), b.int64s(places)], {
    axis: 1,
  });
}

/** Adds up the cotangents of elements that may have been taken several times. Lengths as above. */
function summed(b: TypedBuilder, cotangent: Value, indices: Value, length: number): Value {
  const [lead = 1, count = 1, tail = 1] = b.dims(cotangent);
  if (!canScatter(b)) {
    const hot = oneHot(b, reshape(b, indices, [1, count]), length, cotangent);
    return b.op('MatMul', [hot, cotangent]);
  }
  const zeros = filled(b, [lead, length, tail], 0, cotangent);
  const all = expand(b, reshape(b, indices, [1, count, 1]), [lead, count, tail]);
  return b.op('ScatterElements', [zeros, all, cotangent], { axis: 1, reduction: 'add' });
}

/** Gather: every element of the axis gets the cotangents of all that was taken from it. */
export const gather: GradientRule = {
  opTypes: ['Gather'],
  vjp(view) {
    const { builder: b } = view;
    const [dims, indices] = [view.dims(0), view.input(1)];
    if (b.size(indices) === 0) return [filled(b, dims, 0, view.cotangent)];
    const axis = view.axis(0);
    const length = dims[axis] as number;
    const flat = [flatSize(dims, 0, axis), b.size(indices), flatSize(dims, axis + 1)];
    const cotangent = reshape(b, view.cotangent, flat);
    const known = knownIndices(view, length);
    const unique = known && new Set(known).size === known.length;
    const gradient = unique
      ? lookedUp(b, cotangent, known, length)
      : summed(b, cotangent, indices, length);
    return [reshape(b, gradient, dims)];
  },
};
