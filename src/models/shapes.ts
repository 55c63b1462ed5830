import { internalError } from '../errors.js';
import type { Dim, Value } from '../ir/index.js';

/** Shape of a value that a builder made: always known, and static but for the first axis. */
export function shapeOf(x: Value): readonly Dim[] {
  const shape = x.type?.shape;
  if (!shape) throw internalError(`the shape of '${x.name}' is unknown`);
  return shape;
}

export function lengthOf(x: Value, axis: number): number {
  const length = shapeOf(x)[axis];
  if (typeof length !== 'number') throw internalError(`axis ${axis} of '${x.name}' is not static`);
  return length;
}

export const channelsOf = (x: Value): number => lengthOf(x, 1);
