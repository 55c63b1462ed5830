import type { Shift } from './affine.js';

/** Rounding errors that computing a bias in float32 can leave, in units of what was added up. */
const fillTolerance = 32 * 2 ** -24;

/**
 * True when `fill` is the map's own bias, up to the rounding of the float32 arithmetic that made either. Where an
 * exporter has folded the arithmetic, its magnitudes are gone: the largest bias of the layer stands in for them.
 */
export function equalsBias(shift: Shift, fill: Float64Array): boolean {
  const layer = shift.bias.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return fill.every((value, o) => {
    const difference = Math.abs(value - (shift.bias[o] as number));
    return difference <= fillTolerance * Math.max(layer, shift.magnitude[o] as number);
  });
}
