import type { Dim } from '../../value.js';

/** Distance between neighbours along each axis of a row-major array. */
export function strides(dims: readonly number[]): number[] {
  const steps: number[] = Array(dims.length).fill(1);
  for (let i = dims.length - 2; i >= 0; i--) steps[i] = (steps[i + 1] ?? 1) * (dims[i + 1] ?? 1);
  return steps;
}

/** The elements of an array of shape `dims` whose position along axis i contributes `steps[i]` to the source offset. */
export function strided(
  source: readonly Dim[],
  dims: readonly number[],
  steps: readonly number[],
  offset = 0,
): Dim[] {
  let offsets = [offset];
  dims.forEach((length, axis) => {
    const step = steps[axis] ?? 0;
    offsets = offsets.flatMap((base) => Array.from({ length }, (_, i) => base + i * step));
  });
  return offsets.map((at) => source[at] ?? null);
}

/** `source` of shape `from` repeated along its axes of length 1, and new leading ones, to the shape `to`. */
export function broadcastTo(
  source: readonly Dim[],
  from: readonly number[],
  to: readonly number[],
): Dim[] {
  const steps = strides(from);
  const lead = to.length - from.length;
  const aligned = to.map((_, i) => (from[i - lead] === undefined || from[i - lead] === 1 ? 0 : (steps[i - lead] ?? 0)));
  return strided(source, to, aligned);
}
