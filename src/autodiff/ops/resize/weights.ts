import type { Node } from '../../../ir/index.js';

/** An element that an output reads, and its weight. */
export interface Tap {
  readonly at: number;
  readonly weight: number;
}

/** By nearest_mode. */
const nearest: Readonly<Record<string, (x: number) => number>> = {
  round_prefer_floor: (x) => Math.ceil(x - 0.5),
  round_prefer_ceil: (x) => Math.floor(x + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
};

interface Filter {
  /** Elements farther away than this have no weight. */
  readonly reach: number;
  readonly weight: (distance: number) => number;
}

const triangle: Filter = { reach: 1, weight: (distance) => Math.max(0, 1 - distance) };

/** Keys' cubic convolution with the slope `a` at distance 1. */
const cubic = (a: number): Filter => ({
  reach: 2,
  weight: (d) =>
    d <= 1
      ? ((a + 2) * d - (a + 3)) * d * d + 1
      : d < 2
        ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a
        : 0,
});

/**
 * What an output reads.
 * @param x where it lies on the axis of the operand
 * @param scale of the axis: with `antialias` the filter grows as the image shrinks
 */
export function tapsOf(node: Node, x: number, length: number, scale: number): Tap[] {
  const mode = node.string('mode', 'nearest');
  const clamped = (at: number): number => Math.min(Math.max(at, 0), length - 1);
  if (mode === 'nearest') {
    const round = nearest[node.string('nearest_mode', 'round_prefer_floor')] ?? Math.floor;
    return [{ at: clamped(round(x)), weight: 1 }];
  }
  const { reach, weight } = mode === 'cubic' ? cubic(node.float('cubic_coeff_a', -0.75)) : triangle;
  const wide = node.int('antialias', 0) !== 0;
  const squeeze = wide ? Math.min(1, scale) : 1;
  const excludes = node.int('exclude_outside', 0) !== 0;
  const taps: Tap[] = [];
  const last = Math.floor(x + reach / squeeze);
  for (let at = Math.ceil(x - reach / squeeze); at <= last; at++) {
    const outside = at !== clamped(at);
    if (outside && excludes) continue;
    taps.push({ at: clamped(at), weight: weight(Math.abs(at - x) * squeeze) });
  }
  if (!wide && !excludes) return taps;
  const total = taps.reduce((sum, tap) => sum + tap.weight, 0);
  return taps.map((tap) => ({ ...tap, weight: tap.weight / total }));
}
