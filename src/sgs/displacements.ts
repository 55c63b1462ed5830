import { elementCount } from '../tensor/index.js';
import type { ConvWindow } from './window.js';

/**
 * The displacements that a kernel's taps can have from its middle are a box of `2·⌊taps ÷ 2⌋ + 1` along each axis. They
 * are numbered in row-major order, so that the opposite of number i is number `size − 1 − i`.
 */
const boxOf = (kernel: readonly number[]): number[] =>
  kernel.map((taps) => 2 * Math.floor(taps / 2) + 1);

function coordinates(dims: readonly number[], index: number): number[] {
  const found: number[] = [];
  let rest = index;
  for (const length of dims.toReversed()) {
    found.unshift(rest % length);
    rest = Math.floor(rest / length);
  }
  return found;
}

const indexIn = (dims: readonly number[], at: readonly number[]): number =>
  dims.reduce((index, length, axis) => index * length + (at[axis] as number), 0);

export interface Displacement {
  /** Its number in the box. */
  readonly index: number;
  /** In taps, for each axis. */
  readonly taps: readonly number[];
}

/** One of every two opposite displacements of a kernel, without that of a tap from itself. */
export function halfOfDisplacements(kernel: readonly number[]): Displacement[] {
  const box = boxOf(kernel);
  const size = elementCount(box);
  return Array.from({ length: (size - 1) / 2 }, (_, i) => {
    const index = (size + 1) / 2 + i;
    const taps = coordinates(box, index).map((at, axis) => at - ((box[axis] as number) - 1) / 2);
    return { index, taps };
  });
}

/**
 * Spatial gradient scaling from how much two positions of a feature map depend on each other.
 *
 * A tap counts as much as it depends on the kernel's middle tap, which depends on itself by 1. Along an axis of even
 * length two taps lie in the middle, and none of them is preferred: a tap counts by the mean over both, so that a 2×2
 * kernel is scaled evenly. Taps for which nothing was measured (pixels so far apart do not exist) keep the factor 1.
 * @param dependence by the number of the displacement; NaN where nothing was measured. Of opposite displacements only one
 *   is read: the one that {@link halfOfDisplacements} has.
 * @returns G [...kernel] of mean 1
 */
export function scalingFrom(kernel: readonly number[], dependence: Float64Array): Float64Array {
  const box = boxOf(kernel);
  const whole = dependence.slice();
  const middle = (whole.length - 1) / 2;
  whole[middle] = 1;
  for (let i = 0; i < middle; i++) whole[i] = whole[whole.length - 1 - i] as number;
  const corners = coordinateList(kernel.map(() => 2));
  const taps = coordinateList(kernel).map((tap) => {
    const parts = corners.map((corner) => {
      const at = tap.map((position, axis) => {
        const length = kernel[axis] as number;
        // Of an odd length both are the same tap.
        const center = Math.floor((length - 1 + (corner[axis] as number)) / 2);
        return position - center + ((box[axis] as number) - 1) / 2;
      });
      return whole[indexIn(box, at)] as number;
    });
    return parts.reduce((sum, part) => sum + part, 0) / parts.length;
  });
  const measured = taps.filter((tap) => !Number.isNaN(tap));
  const mean = measured.reduce((sum, tap) => sum + tap, 0) / measured.length;
  return Float64Array.from(taps, (tap) => (Number.isNaN(tap) || !(mean > 0) ? 1 : tap / mean));
}

const coordinateList = (dims: readonly number[]): number[][] =>
  Array.from({ length: elementCount(dims) }, (_, index) => coordinates(dims, index));

export const boxSize = (kernel: readonly number[]): number => elementCount(boxOf(kernel));

/** Pairs of positions in the plane of a channel: one at `start`, its partner at `start + offset`. */
export interface Pairs {
  readonly starts: Int32Array;
  readonly offset: number;
}

/**
 * Pairs of positions inside a feature map that lie a displacement apart and that some output of the convolution sees at
 * the same time, each pair once. With padding and stride 1 these are all pairs; a convolution that cuts the image into
 * patches never sees those across the edge of two patches.
 * @param spatial lengths of the feature map
 */
export function seenPairs(
  spatial: readonly number[],
  window: ConvWindow,
  { taps }: Displacement,
): Pairs {
  let starts = [0];
  let offset = 0;
  spatial.forEach((length, axis) => {
    const distance = (taps[axis] as number) * (window.dilations[axis] as number);
    const firsts = seenFirsts(length, window, axis, taps[axis] as number);
    starts = starts.flatMap((start) => firsts.map((first) => start * length + first));
    offset = offset * length + distance;
  });
  return { starts: Int32Array.from(starts), offset };
}

/** Positions along one axis that hold the first of two taps which some output sees, the second `apart` taps further. */
function seenFirsts(length: number, window: ConvWindow, axis: number, apart: number): number[] {
  const of = (list: readonly number[]): number => list[axis] as number;
  const [kernel, stride, dilation] = [of(window.kernel), of(window.strides), of(window.dilations)];
  const begin = of(window.padsBegin);
  const room = length + begin + of(window.padsEnd) - dilation * (kernel - 1) - 1;
  const isInside = (position: number): boolean => position >= 0 && position < length;
  const firsts = new Set<number>();
  for (let origin = 0; origin <= room; origin += stride) {
    const last = Math.min(kernel, kernel - apart);
    for (let tap = Math.max(0, -apart); tap < last; tap++) {
      const position = origin - begin + dilation * tap;
      if (isInside(position) && isInside(position + dilation * apart)) firsts.add(position);
    }
  }
  return [...firsts].sort((a, b) => a - b);
}
