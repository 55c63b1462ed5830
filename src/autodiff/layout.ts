import type { Value } from '../ir/index.js';
import { elementCount } from '../tensor/index.js';
import type { TypedBuilder } from './builder.js';

type B = TypedBuilder;

const same = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((length, i) => length === b[i]);

export function reshape(b: B, x: Value, dims: readonly number[]): Value {
  if (same(b.dims(x), dims)) return x;
  return b.op('Reshape', [x, b.int64s(dims)]);
}

export function transpose(b: B, x: Value, perm: readonly number[]): Value {
  if (perm.every((axis, i) => axis === i)) return x;
  const dims = b.dims(x);
  const moved = perm.filter((axis) => dims[axis] !== 1);
  // Only axes of length 1 move: the elements stay where they are.
  if (moved.every((axis, i) => i === 0 || axis > (moved[i - 1] as number))) {
    return reshape(
      b,
      x,
      perm.map((axis) => dims[axis] as number),
    );
  }
  return b.op('Transpose', [x], { perm });
}

/** The permutation that undoes `perm`. */
export const inverse = (perm: readonly number[]): number[] =>
  perm.map((_, axis) => perm.indexOf(axis));

/** `x` repeated along axes of length 1, and along new ones in front. */
export function expand(b: B, x: Value, dims: readonly number[]): Value {
  if (same(b.dims(x), dims)) return x;
  return b.op('Expand', [x, b.int64s(dims)]);
}

export interface SliceRange {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
  /** 1 by default; with a negative one `end` is excluded and may be -infinity. */
  readonly step?: number;
}

const far = 2 ** 31 - 1;

export function slice(b: B, x: Value, ranges: readonly SliceRange[]): Value {
  const dims = b.dims(x);
  const wanted = ranges.filter(
    ({ axis, start, end, step = 1 }) => step !== 1 || start !== 0 || end < (dims[axis] as number),
  );
  if (wanted.length === 0) return x;
  const ends = wanted.map(({ end }) => Math.max(-far, Math.min(far, end)));
  return b.op('Slice', [
    x,
    b.int64s(wanted.map(({ start }) => start)),
    b.int64s(ends),
    b.int64s(wanted.map(({ axis }) => axis)),
    b.int64s(wanted.map(({ step = 1 }) => step)),
  ]);
}

/** `x` in the opposite order along some axes. */
export function flip(b: B, x: Value, axes: readonly number[]): Value {
  const dims = b.dims(x);
  const ranges = axes
    .filter((axis) => (dims[axis] as number) > 1)
    .map((axis) => ({ axis, start: -1, end: Number.NEGATIVE_INFINITY, step: -1 }));
  return slice(b, x, ranges);
}

/** Zeros around `x`; negative numbers crop. @param pads begin of every axis, then end of every axis */
export function pad(b: B, x: Value, pads: readonly number[]): Value {
  if (pads.every((length) => length === 0)) return x;
  return b.op('Pad', [x, b.int64s(pads)]);
}

export function concat(b: B, values: readonly Value[], axis: number): Value {
  const [first, ...others] = values;
  return first && others.length === 0 ? first : b.op('Concat', values, { axis });
}

/** One value a length in `lengths`, cut along an axis. */
export function split(b: B, x: Value, lengths: readonly number[], axis: number): readonly Value[] {
  if (lengths.length === 1) return [x];
  return b.ops('Split', [x, b.int64s(lengths)], lengths.length, { axis });
}

export const flatSize = (dims: readonly number[], from: number, to = dims.length): number =>
  elementCount(dims.slice(from, to));
