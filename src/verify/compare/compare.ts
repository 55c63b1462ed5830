import { dataTypes, isFloat, type Tensor } from '../../tensor/index.js';

/** Elements agree where |actual − expected| ≤ absolute + relative·|expected|, as in numpy's `allclose`. */
export interface Tolerance {
  readonly absolute: number;
  readonly relative: number;
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
}

export interface WorstElement {
  readonly index: readonly number[];
  /** As text, since JSON has no NaN, infinity or int64. */
  readonly expected: string;
  readonly actual: string;
}

/** Largest finite |x|. */
export function maxMagnitude(tensor: Tensor): number {
  let max = 0;
  for (const x of tensor.toFloats()) {
    const magnitude = Math.abs(x);
    if (magnitude > max && magnitude < Number.POSITIVE_INFINITY) max = magnitude;
  }
  return max;
}

function unravel(position: number, dims: readonly number[]): number[] {
  let rest = position;
  return dims
    .toReversed()
    .map((length) => {
      const index = rest % length;
      rest = Math.floor(rest / length);
      return index;
    })
    .reverse();
}

/** value ÷ unit, kept finite because the report is JSON. */
const ratio = (value: number, unit: number): number =>
  value === 0 ? 0 : Math.min(value / unit, Number.MAX_VALUE);

function compareFloats(expected: Tensor, actual: Tensor, tolerance: Tolerance): Comparison {
  const a = expected.toFloats();
  const b = actual.toFloats();
  let maxAbsolute = 0;
  let sum = 0;
  let magnitude = 0;
  let toleranceUsed = 0;
  let mismatches = 0;
  let nonFinite = 0;
  let worst = -1;
  let worstRank = 0;
  for (let i = 0; i < a.length; i++) {
    const x = a[i] as number;
    const y = b[i] as number;
    const scale = Math.abs(x);
    const error = Math.abs(y - x);
    if (scale > magnitude && scale < Number.POSITIVE_INFINITY) magnitude = scale;
    if (error < Number.POSITIVE_INFINITY) {
      const used = ratio(error, tolerance.absolute + tolerance.relative * scale);
      sum += error;
      if (error > maxAbsolute) maxAbsolute = error;
      if (used > toleranceUsed) toleranceUsed = used;
      if (used > 1) mismatches++;
      if (used > worstRank) {
        worstRank = used;
        worst = i;
      }
    } else if (Object.is(x, y)) nonFinite++;
    else {
      mismatches++;
      if (worstRank < Number.POSITIVE_INFINITY) worst = i;
      worstRank = Number.POSITIVE_INFINITY;
    }
  }
  return {
    elements: a.length,
    maxAbsolute,
    maxRelative: ratio(maxAbsolute, magnitude),
    meanAbsolute: ratio(sum, a.length),
    magnitude,
    toleranceUsed,
    mismatches,
    nonFinite,
    worst: worst < 0 ? null : element(worst, expected, String(a[worst]), String(b[worst])),
  };
}

const element = (
  position: number,
  { dims }: Tensor,
  expected: string,
  actual: string,
): WorstElement => ({ index: unravel(position, dims), expected, actual });

type Exact = number | bigint | string;

/** Elements of a type that is compared bit by bit; packed 4-bit and 2-bit ones come as whole bytes. */
function exactElements(tensor: Tensor): ArrayLike<Exact> {
  const { dtype } = tensor;
  if (dtype === 'string') {
    const decoder = new TextDecoder();
    return tensor.strings.map((bytes) => decoder.decode(bytes));
  }
  if (dtype === 'int64' || dtype === 'uint64') {
    const { buffer } = tensor.bytes.slice();
    return dtype === 'int64' ? new BigInt64Array(buffer) : new BigUint64Array(buffer);
  }
  return dataTypes[dtype].bits < 8 ? tensor.bytes : tensor.toNumbers();
}

function compareExactly(expected: Tensor, actual: Tensor): Comparison {
  const a = exactElements(expected);
  const b = exactElements(actual);
  let mismatches = 0;
  let worst = -1;
  let maxAbsolute = 0;
  let sum = 0;
  let magnitude = 0;
  for (let i = 0; i < a.length; i++) {
    const x = a[i] as Exact;
    const y = b[i] as Exact;
    if (typeof x !== 'string') magnitude = Math.max(magnitude, Math.abs(Number(x)));
    if (x === y) continue;
    mismatches++;
    const error = typeof x === 'string' ? 0 : Math.abs(Number(y) - Number(x));
    sum += error;
    if (worst < 0 || error > maxAbsolute) {
      maxAbsolute = error;
      worst = i;
    }
  }
  return {
    elements: expected.size,
    maxAbsolute,
    maxRelative: ratio(maxAbsolute, magnitude),
    meanAbsolute: ratio(sum, a.length),
    magnitude,
    toleranceUsed: null,
    mismatches,
    nonFinite: 0,
    worst: worst < 0 ? null : element(worst, expected, String(a[worst]), String(b[worst])),
  };
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
