import type { DataType } from '../../tensor/index.js';
import type { Dim, TensorType } from '../value.js';

/** More elements than this are never propagated as data. */
export const maxElements = 4096;

/** Tensors of a higher rank get an unknown shape: operators such as Gather can double a rank. */
export const maxRank = 64;

/** The type with this shape, or null when the element type is unknown. */
export const typed = (dtype: DataType | null, shape: readonly Dim[] | null): TensorType | null =>
  dtype === null ? null : { dtype, shape };

export const unknownDims = (rank: number): Dim[] => Array.from({ length: rank }, () => null);

export const isKnown = (dims: readonly Dim[]): dims is readonly number[] =>
  dims.every((dim) => typeof dim === 'number');

/** True when two lengths are known and not the same. */
export const differ = (a: Dim, b: Dim): boolean =>
  typeof a === 'number' && typeof b === 'number' && a !== b;

/** An axis counted from the front, or null when it lies outside the rank. */
export function axisIn(axis: Dim, rank: number): number | null {
  if (typeof axis !== 'number' || !Number.isInteger(axis)) return null;
  if (axis < -rank || axis >= rank) return null;
  return axis < 0 ? axis + rank : axis;
}

/** Axes counted from the front, or null when one is unknown, outside the rank or named twice. */
export function axesIn(axes: readonly Dim[], rank: number): Set<number> | null {
  const found = new Set<number>();
  for (const given of axes) {
    const axis = axisIn(given, rank);
    if (axis === null || found.has(axis)) return null;
    found.add(axis);
  }
  return found;
}

/**
 * Product of lengths over a product of lengths, equal symbols cancelled.
 * @returns null when the result is neither a whole number nor a single symbol.
 */
export function quotient(numerators: readonly Dim[], denominators: readonly Dim[] = []): Dim {
  const symbols: string[] = [];
  let factor = 1;
  let unknown = false;
  for (const dim of numerators) {
    if (dim === null) unknown = true;
    else if (typeof dim === 'string') symbols.push(dim);
    else factor *= dim;
  }
  let divisor = 1;
  for (const dim of denominators) {
    if (dim === null) return null;
    if (typeof dim === 'number') divisor *= dim;
    else if (symbols.includes(dim)) symbols.splice(symbols.indexOf(dim), 1);
    else return null;
  }
  if (divisor === 0) return null;
  if (factor === 0) return 0;
  if (unknown || symbols.length > 1) return null;
  if (symbols.length === 1) return factor === divisor ? (symbols[0] ?? null) : null;
  return Number.isInteger(factor / divisor) ? factor / divisor : null;
}

export function sum(terms: readonly Dim[]): Dim {
  const nonZero: readonly Dim[] = terms.filter((term) => term !== 0);
  if (nonZero.length === 1) return nonZero[0] ?? null;
  return isKnown(nonZero) ? nonZero.reduce((total, term) => total + term, 0) : null;
}

/** The length of an axis after broadcasting, or undefined when the two cannot be broadcast. */
function broadcastDim(a: Dim, b: Dim): Dim | undefined {
  if (a === b || b === 1) return a;
  if (a === 1) return b;
  if (typeof a === 'number') return typeof b === 'number' ? undefined : a;
  return typeof b === 'number' ? b : null;
}

/** Multidirectional broadcasting; null when a shape is unknown or two do not fit. */
export function broadcast(shapes: readonly (readonly Dim[] | null)[]): Dim[] | null {
  let result: Dim[] = [];
  for (const shape of shapes) {
    if (shape === null) return null;
    const rank = Math.max(result.length, shape.length);
    const merged: Dim[] = [];
    for (let i = 0; i < rank; i++) {
      const a = result[i - rank + result.length];
      const b = shape[i - rank + shape.length];
      const dim = broadcastDim(a === undefined ? 1 : a, b === undefined ? 1 : b);
      if (dim === undefined) return null;
      merged.push(dim);
    }
    result = merged;
  }
  return result;
}

/** Of two statements about the same length the more specific one, `a` when both are numbers. */
export function refineDim(a: Dim, b: Dim): Dim {
  if (typeof a === 'number') return a;
  if (typeof b === 'number') return b;
  return a ?? b;
}

/** Of two statements about the same tensor the more specific one, dimension by dimension; `a` where they differ. */
export function refine(a: TensorType | null, b: TensorType | null): TensorType | null {
  if (a === null || b === null) return a ?? b;
  if (a.shape === null) return { dtype: a.dtype, shape: b.shape };
  const other = b.shape;
  if (other === null || other.length !== a.shape.length) return a;
  return { dtype: a.dtype, shape: a.shape.map((dim, i) => refineDim(dim, other[i] ?? null)) };
}

/** What holds for both of two tensors: the type of a value that is one of them. */
export function join(a: TensorType | null, b: TensorType | null): TensorType | null {
  if (a === null || b === null || a.dtype !== b.dtype) return null;
  const other = b.shape;
  if (a.shape === null || other === null || a.shape.length !== other.length) {
    return { dtype: a.dtype, shape: null };
  }
  return { dtype: a.dtype, shape: a.shape.map((dim, i) => (dim === other[i] ? dim : null)) };
}

/** Lengths beyond what a number holds exactly become unknown; a negative length or an absurd rank voids the shape. */
export function sanitize(type: TensorType | null): TensorType | null {
  if (type === null || type.shape === null) return type;
  const { dtype, shape } = type;
  if (shape.length > maxRank) return { dtype, shape: null };
  if (shape.some((dim) => typeof dim === 'number' && !(dim >= 0))) return { dtype, shape: null };
  const exact = (dim: Dim): Dim =>
    typeof dim === 'number' && !Number.isSafeInteger(dim) ? null : dim;
  return shape.every((dim) => exact(dim) === dim) ? type : { dtype, shape: shape.map(exact) };
}
