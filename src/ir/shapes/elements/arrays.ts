import { elementCount } from '../../../tensor/index.js';
import type { Dim } from '../../value.js';

/** Distance between neighbours along each axis of a row-major array. */
export function strides(dims: readonly number[]): number[] {
  const steps: number[] = Array(dims.length).fill(1);
  for (let i = dims.length - 2; i >= 0; i--) steps[i] = (steps[i + 1] ?? 1) * (dims[i + 1] ?? 1);
  return steps;
}

/** An array of shape `dims` in which one position further along axis i lies `steps[i]` further in the source. */
export function strided(
  source: readonly Dim[],
  dims: readonly number[],
  steps: readonly number[],
  offset = 0,
): Dim[] {
  const result: Dim[] = Array(elementCount(dims)).fill(null);
  const position = dims.map(() => 0);
  let at = offset;
  for (let i = 0; i < result.length; i++) {
    result[i] = source[at] ?? null;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      const [step = 0, length = 1, reached = 0] = [steps[axis], dims[axis], position[axis]];
      position[axis] = (reached + 1) % length;
      at += reached + 1 < length ? step : -reached * step;
      if (reached + 1 < length) break;
    }
  }
  return result;
}

/** `source` of shape `from` repeated along its axes of length 1, and new leading ones, to the shape `to`. */
export function broadcastTo(
  source: readonly Dim[],
  from: readonly number[],
  to: readonly number[],
): readonly Dim[] {
  if (source.length === elementCount(to)) return source;
  const steps = strides(from);
  const lead = to.length - from.length;
  const aligned = to.map((_, i) => ((from[i - lead] ?? 1) === 1 ? 0 : (steps[i - lead] ?? 0)));
  return strided(source, to, aligned);
}
