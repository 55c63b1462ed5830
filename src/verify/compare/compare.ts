import { isFloat, type Tensor } from '../../tensor/index.js';
import { pieces } from './elements.js';
import { compareExactly } from './exact.js';
import { FloatComparison } from './floats.js';

/** Elements agree where |actual − expected| ≤ absolute + relative·|expected| + ulps·(spacing of numbers at |expected|). */
export interface Tolerance {
  readonly absolute: number;
  readonly relative: number;
  /** Units in the last place of the expected element, in its own type. */
  readonly ulps?: number;
}

export const exact: Tolerance = { absolute: 0, relative: 0 };

/** How many elements are off by 2^exponent ≤ |actual − expected| < 2^(exponent + 1). */
export interface ErrorBin {
  readonly exponent: number;
  readonly count: number;
}

/** How far one tensor is from another of the same dims. Distances are over elements finite in both. */
export interface Comparison {
  readonly elements: number;
  /** Largest |actual − expected|. */
  readonly maxAbsolute: number;
  /** `maxAbsolute` ÷ `magnitude`, 0 where both are 0. */
  readonly maxRelative: number;
  readonly meanAbsolute: number;
  /** Largest |expected|. */
  readonly magnitude: number;
  /** Largest |actual − expected| ÷ tolerance: above 1 the tensors differ. Null for types compared exactly. */
  readonly toleranceUsed: number | null;
  /** Elements beyond the tolerance, and those NaN or infinite on one side only. */
  readonly mismatches: number;
  /** Elements that are the same NaN or infinity on both sides. */
  readonly nonFinite: number;
  /** Where the two differ most, null when they are the same. */
  readonly worst: WorstElement | null;
  /** √Σ expected² and √Σ (actual − expected)², 0 for types compared exactly. */
  readonly expectedNorm: number;
  readonly errorNorm: number;
  /** Cosine of the angle between both, null where one is zero everywhere or the type is compared exactly. */
  readonly cosine: number | null;
  /** Signal-to-noise ratio 10·log10(Σ expected² ÷ Σ (actual − expected)²) in dB, null where either sum is zero. */
  readonly sqnr: number | null;
  /** Elements with an error, by its size, ascending. */
  readonly histogram: readonly ErrorBin[];
}

export interface WorstElement {
  readonly index: readonly number[];
  /** As text, since JSON has no NaN, infinity or int64. */
  readonly expected: string;
  readonly actual: string;
}

/** Largest finite |x|, 0 for strings. */
export function maxMagnitude(tensor: Tensor): number {
  let max = 0;
  if (tensor.dtype === 'string') return max;
  for (const [start, end] of pieces(tensor.size)) {
    const values = tensor.part(start, end).toFloats();
    for (let i = 0; i < values.length; i++) {
      const magnitude = Math.abs(values[i] as number);
      if (magnitude > max && magnitude < Number.POSITIVE_INFINITY) max = magnitude;
    }
  }
  return max;
}

function compareFloats(expected: Tensor, actual: Tensor, tolerance: Tolerance): Comparison {
  const comparison = new FloatComparison(expected.dtype, tolerance);
  for (const [start, end] of pieces(expected.size)) {
    comparison.add(expected.part(start, end).toFloats(), actual.part(start, end).toFloats());
  }
  return comparison.result(expected.dims);
}

/**
 * Compares two tensors of equal dims. Integers, booleans and strings must be the same; floating-point types, which
 * may differ from each other, must have NaN and infinities in the same places and be close elsewhere.
 */
export function compareTensors(expected: Tensor, actual: Tensor, tolerance: Tolerance): Comparison {
  return isFloat(expected.dtype)
    ? compareFloats(expected, actual, tolerance)
    : compareExactly(expected, actual);
}

/** Why two tensors cannot be compared element by element, null when they can. */
export function obstacle(expected: Tensor, actual: Tensor): string | null {
  const numeric = isFloat(expected.dtype) && isFloat(actual.dtype);
  if (expected.dtype !== actual.dtype && !numeric) {
    return `the type is ${expected.dtype} in one model and ${actual.dtype} in the other`;
  }
  const dims = expected.dims.join('x');
  const others = actual.dims.join('x');
  return dims === others ? null : `the shape is ${dims} in one model and ${others} in the other`;
}
