import type { Pairs } from './displacements.js';

/** Bins that a histogram may have: numbers of five bits but for {@link leftOut}. */
export const mostBins = 31;

/** In place of a bin: this value takes no part. */
export const leftOut = 31;

/** Cells of a joint histogram: the one at `32·i + j` counts the pairs of bins i and j. */
export const jointCells = 1024;

/** Sturges' rule for n pairs, as in the paper's code. */
export const sturges = (pairs: number): number =>
  Math.min(mostBins, 1 + Math.ceil(Math.log2(pairs)));

/** Lowest and highest value, without zeros if so wished. `finite` is false where a value is infinite or no number. */
export function rangeOf(
  values: Float32Array,
  start: number,
  end: number,
  skipZeros: boolean,
): { low: number; high: number; finite: boolean } {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let finite = true;
  for (let i = start; i < end; i++) {
    const value = values[i] as number;
    if (Number.isNaN(value)) finite = false;
    if (skipZeros && value === 0) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  // Where no value was looked at, both bounds are as they were.
  return { low, high, finite: finite && (low > high || Number.isFinite(high - low)) };
}

export interface Binning {
  readonly low: number;
  readonly high: number;
  readonly bins: number;
  readonly skipZeros: boolean;
}

/** Writes the bins of equal width that the values from `start` on lie in; `target` says how many. */
export function binValues(
  values: Float32Array,
  start: number,
  { low, high, bins, skipZeros }: Binning,
  target: Uint8Array,
): void {
  const scale = bins / (high - low);
  const last = bins - 1;
  for (let i = 0; i < target.length; i++) {
    const value = values[start + i] as number;
    const bin = ((value - low) * scale) | 0;
    target[i] = skipZeros && value === 0 ? leftOut : Math.min(bin, last);
  }
}

/** Pairs of values in all images of a channel: one at a place where `mask` is 0, its partner `offset` further. */
export interface MaskedPairs {
  /** For whole planes, 0 or {@link leftOut}; it repeats. */
  readonly mask: Uint8Array;
  readonly offset: number;
}

/** Places that a mask covers at least, so that small planes do not end the loop over it again and again. */
const maskedAtOnce = 4096;

export function maskPairs({ starts, offset }: Pairs, plane: number): MaskedPairs {
  const mask = new Uint8Array(plane * Math.ceil(maskedAtOnce / plane)).fill(leftOut);
  for (let base = 0; base < mask.length; base += plane) {
    for (const start of starts) mask[base + start] = 0;
  }
  return { mask, offset };
}

/**
 * Counts pairs.
 * @param bins [images, plane], of one channel
 * @param joint the joint histogram, and behind it another one that is used up: neighbours often fall into the same cell,
 *   which would have to be written before it can be read again
 */
export function countPairs(
  bins: Uint8Array,
  { mask, offset }: MaskedPairs,
  joint: Uint32Array,
): void {
  joint.fill(0);
  const end = bins.length - offset;
  for (let base = 0; base < end; base += mask.length) {
    const places = Math.min(mask.length, end - base);
    let i = 0;
    for (let at = base; i + 1 < places; i += 2, at += 2) {
      const first =
        (((bins[at] as number) | (mask[i] as number)) << 5) | (bins[at + offset] as number);
      joint[first] = (joint[first] as number) + 1;
      const row = (bins[at + 1] as number) | (mask[i + 1] as number);
      const second = jointCells | (row << 5) | (bins[at + offset + 1] as number);
      joint[second] = (joint[second] as number) + 1;
    }
    if (i === places) continue;
    const row = (bins[base + i] as number) | (mask[i] as number);
    const last = (row << 5) | (bins[base + i + offset] as number);
    joint[last] = (joint[last] as number) + 1;
  }
  for (let cell = 0; cell < jointCells; cell++) {
    joint[cell] = (joint[cell] as number) + (joint[jointCells + cell] as number);
  }
}
