import { criticalValue, twoSided } from './student.js';

/** Mean and spread of a sample. */
export interface Spread {
  readonly count: number;
  readonly mean: number;
  /** Standard deviation with n − 1; null for fewer than two. */
  readonly std: number | null;
}

/** The mean of differences of pairs, and how far it can be told from zero. */
export interface PairedDifference {
  readonly pairs: number;
  /** Null without pairs. */
  readonly mean: number | null;
  /** 95 % confidence interval; null for fewer than two pairs, and where all pairs differ by the same. */
  readonly interval: readonly [low: number, high: number] | null;
  /** Of the two-sided paired t-test, null as the interval is. */
  readonly p: number | null;
}

const sum = (values: readonly number[]): number => values.reduce((total, v) => total + v, 0);

/** Null of no values. */
export function spreadOf(values: readonly number[]): Spread | null {
  const count = values.length;
  if (count === 0) return null;
  const mean = sum(values) / count;
  const squares = sum(values.map((value) => (value - mean) ** 2));
  return { count, mean, std: count < 2 ? null : Math.sqrt(squares / (count - 1)) };
}

/** The t within which 95 % of Student's distribution lie. */
export const student95 = (degrees: number): number => criticalValue(0.05, degrees);

/**
 * Student's paired t-test.
 * @param pairs the value before and after, whose difference is after − before
 */
export function pairedDifference(
  pairs: readonly (readonly [before: number, after: number])[],
): PairedDifference {
  const differences = pairs.map(([before, after]) => after - before);
  const { count = 0, mean = null, std = null } = spreadOf(differences) ?? {};
  const unknown = { pairs: count, mean, interval: null, p: null };
  if (mean === null || std === null) return unknown;
  // Rounding leaves a little of equal differences.
  if (std <= 1e-12 * Math.max(...pairs.flat().map(Math.abs))) return unknown;
  const error = std / Math.sqrt(count);
  const margin = student95(count - 1) * error;
  const p = twoSided(mean / error, count - 1);
  return { pairs: count, mean, interval: [mean - margin, mean + margin], p };
}
