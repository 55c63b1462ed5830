import type { NdArray } from '../../reference/array.js';
import { ndArray } from '../../reference/array.js';
import type { Choices } from '../../reference/choices.js';
import { random } from '../gradient-check.js';

/** One to four lengths between 1 and 4. */
export const lengths = (c: Choices, most = 4): number[] =>
  Array.from({ length: c.between(1, most) }, () => c.of(2, 3, 1, 4));

/** Lengths that are broadcast to `dims`: some axes have length 1, some in front are missing. */
export function broadcastable(c: Choices, dims: readonly number[]): number[] {
  const kept = dims.slice(c.of(0, 0, 1, 2));
  return kept.map((length) => (c.once(3) ? 1 : length));
}

/** Random numbers, each changed by `change`. */
export function changed(
  dims: readonly number[],
  seed: number,
  change: (x: number) => number,
): NdArray {
  return ndArray(dims, random(dims, seed).data.map(change));
}

/** Moves numbers apart from each point of `points`, by at least 0.01. */
export const awayFrom =
  (...points: readonly number[]) =>
  (x: number): number => {
    const close = points.find((point) => Math.abs(x - point) < 0.01);
    return close === undefined ? x : close + 0.01 * (x < close ? -1 : 1);
  };
