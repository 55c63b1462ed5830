import type { Shift } from './affine.js';

/** Rounding errors that computing a bias in float32 can leave, in units of what was added up. */
const fillTolerance = 32 * 2 ** -24;

/** True when `fill` is the map's own bias, up to the rounding of the float32 arithmetic that made either. */
export function equalsBias(shift: Shift, fill: Float64Array): boolean {
  return fill.every((value, o) => {
    const bias = shift.bias[o] as number;
    const scale = Math.max(shift.magnitude[o] as number, Math.abs(value));
    return Math.abs(value - bias) <= fillTolerance * scale;
  });
}

export const isZeroUpToRounding = (shift: Shift): boolean =>
  equalsBias(shift, new Float64Array(shift.bias.length));
