import type { Value } from '../../../ir/index.js';
import { Tensor } from '../../../tensor/index.js';
import { add, indicator } from '../../arithmetic.js';
import type { TypedBuilder } from '../../builder.js';

/** Whether gradients may be added up by ScatterElements: it sums from opset 16 on, and on the CPU alone. */
export const canScatter = (b: TypedBuilder): boolean => !b.portable && b.opset >= 16;

/** Indices of an axis counted from the front; negative ones count from the end. */
export function fromFront(b: TypedBuilder, indices: Value, length: number): Value {
  const { constant } = indices;
  if (constant?.toNumbers().every((index) => index >= 0)) return indices;
  const negative = b.op('Less', [indices, b.scalar(0, indices)]);
  return b.op('Where', [negative, add(b, indices, b.scalar(length, indices)), indices]);
}

/**
 * 1 where an index names a place of the axis, else 0.
 * @param indices `[…, 1, n]` @returns `[…, length, n]`, in the type of `like`
 */
export function oneHot(b: TypedBuilder, indices: Value, length: number, like: Value): Value {
  const places = Array.from({ length }, (_, place) => place);
  const column = b.constant(Tensor.fromNumbers(b.dtype(indices), [length, 1], places), 'places');
  return indicator(b, b.op('Equal', [column, fromFront(b, indices, length)]), like);
}
