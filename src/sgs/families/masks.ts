import { elementCount } from '../../tensor/index.js';

/** Which taps of a kernel a branch has: 1 where `has` says so for the tap's place on each axis. */
export function mask(
  kernel: readonly number[],
  has: (place: readonly number[]) => boolean,
): Float64Array {
  const values = new Float64Array(elementCount(kernel));
  for (let tap = 0; tap < values.length; tap++) {
    let rest = tap;
    const place = kernel.map(() => 0);
    for (let axis = kernel.length - 1; axis >= 0; axis--) {
      const length = kernel[axis] as number;
      place[axis] = rest % length;
      rest = Math.floor(rest / length);
    }
    if (has(place)) values[tap] = 1;
  }
  return values;
}

const isMiddle = (kernel: readonly number[], place: readonly number[], axis: number): boolean =>
  place[axis] === Math.floor((kernel[axis] as number) / 2);

/** All taps. */
export const whole = (kernel: readonly number[]): Float64Array => mask(kernel, () => true);

/** The middle tap: a 1×1 branch. */
export const middle = (kernel: readonly number[]): Float64Array =>
  mask(kernel, (place) => place.every((_, axis) => isMiddle(kernel, place, axis)));

/** The taps along one axis through the middle: for axis 0 a k×1 branch. */
export const line = (kernel: readonly number[], along: number): Float64Array =>
  mask(kernel, (place) =>
    place.every((_, axis) => axis === along || isMiddle(kernel, place, axis)),
  );

/** Sum of masks, each times a number. */
export function weighted(
  terms: readonly (readonly [factor: number, mask: Float64Array])[],
): Float64Array {
  const [first] = terms;
  const sum = new Float64Array(first?.[1].length ?? 0);
  for (const [factor, values] of terms) {
    for (const [i, value] of values.entries()) sum[i] = (sum[i] as number) + factor * value;
  }
  return sum;
}
