import { type DataType, smallestNormal, unitRoundoff } from '../../tensor/index.js';
import type { Comparison, ErrorBin, Tolerance } from './compare.js';
import { ratio, unravel } from './elements.js';

type Floats = Float32Array | Float64Array;

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** The largest power of two that is not above a positive number, within the range of float32. */
function powerBelow(value: number): number {
  float[0] = value;
  bits[0] = (bits[0] as number) & 0x7f800000;
  return float[0];
}

/** ⌊log2⌋ of a positive number, within the range of float32. */
function exponentOf(value: number): number {
  float[0] = value;
  return ((bits[0] as number) >>> 23) - 127;
}

const lowestExponent = -127;

/** Adds up how far floating-point numbers are from the expected ones, piece after piece. */
export class FloatComparison {
  readonly #tolerance: Tolerance;
  /** Spacing of numbers at 1, and the smallest magnitude that keeps it relative. */
  readonly #spacing: number;
  readonly #smallest: number;
  readonly #counts = new Float64Array(256);
  #elements = 0;
  #maxAbsolute = 0;
  #sum = 0;
  #magnitude = 0;
  #used = 0;
  #mismatches = 0;
  #nonFinite = 0;
  #worst: { at: number; expected: number; actual: number } | null = null;
  #worstRank = 0;
  #dot = 0;
  #expectedSquares = 0;
  #actualSquares = 0;
  #errorSquares = 0;

  constructor(dtype: DataType, tolerance: Tolerance) {
    this.#tolerance = tolerance;
    this.#spacing = 2 * unitRoundoff(dtype);
    this.#smallest = smallestNormal(dtype);
  }

  add(expected: Floats, actual: Floats): void {
    // Sums in local variables: fields would be written to memory for every element.
    let [dot, expectedSquares, actualSquares, magnitude] = [0, 0, 0, this.#magnitude];
    for (let i = 0; i < expected.length; i++) {
      const x = expected[i] as number;
      const y = actual[i] as number;
      const scale = Math.abs(x);
      const error = Math.abs(y - x);
      if (scale > magnitude && scale < Number.POSITIVE_INFINITY) magnitude = scale;
      if (error < Number.POSITIVE_INFINITY) {
        dot += x * y;
        expectedSquares += x * x;
        actualSquares += y * y;
        if (error > 0) this.#addError(x, y, error, this.#elements + i);
      } else if (Object.is(x, y)) this.#nonFinite++;
      else {
        this.#mismatches++;
        this.#rank(Number.POSITIVE_INFINITY, x, y, this.#elements + i);
      }
    }
    this.#dot += dot;
    this.#expectedSquares += expectedSquares;
    this.#actualSquares += actualSquares;
    this.#magnitude = magnitude;
    this.#elements += expected.length;
  }

  #addError(x: number, y: number, error: number, at: number): void {
    this.#sum += error;
    this.#errorSquares += error * error;
    const bin = exponentOf(error) - lowestExponent;
    this.#counts[bin] = (this.#counts[bin] as number) + 1;
    if (error > this.#maxAbsolute) this.#maxAbsolute = error;
    const used = ratio(error, this.#allowed(Math.abs(x)));
    if (used > this.#used) this.#used = used;
    if (used > 1) this.#mismatches++;
    this.#rank(used, x, y, at);
  }

  #allowed(scale: number): number {
    const { absolute, relative, ulps = 0 } = this.#tolerance;
    const allowed = absolute + relative * scale;
    if (ulps === 0) return allowed;
    return allowed + ulps * this.#spacing * powerBelow(Math.max(scale, this.#smallest));
  }

  #rank(rank: number, expected: number, actual: number, at: number): void {
    if (rank <= this.#worstRank) return;
    this.#worstRank = rank;
    this.#worst = { at, expected, actual };
  }

  result(dims: readonly number[]): Comparison {
    const worst = this.#worst;
    const product = Math.sqrt(this.#expectedSquares * this.#actualSquares);
    const noise = this.#errorSquares;
    return {
      elements: this.#elements,
      maxAbsolute: this.#maxAbsolute,
      maxRelative: ratio(this.#maxAbsolute, this.#magnitude),
      meanAbsolute: ratio(this.#sum, this.#elements),
      magnitude: this.#magnitude,
      toleranceUsed: this.#used,
      mismatches: this.#mismatches,
      nonFinite: this.#nonFinite,
      worst: worst && {
        index: unravel(worst.at, dims),
        expected: String(worst.expected),
        actual: String(worst.actual),
      },
      expectedNorm: Math.min(Math.sqrt(this.#expectedSquares), Number.MAX_VALUE),
      errorNorm: Math.min(Math.sqrt(noise), Number.MAX_VALUE),
      cosine: finite(this.#dot / product),
      sqnr: noise === 0 ? null : finite(10 * Math.log10(this.#expectedSquares / noise)),
      histogram: this.#histogram(),
    };
  }

  #histogram(): ErrorBin[] {
    return [...this.#counts].flatMap((count, bin) =>
      count > 0 ? [{ exponent: bin + lowestExponent, count }] : [],
    );
  }
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
