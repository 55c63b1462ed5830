/** Five figures of a sample. */
export interface Spread {
  readonly min: number;
  readonly lowerQuartile: number;
  readonly median: number;
  readonly upperQuartile: number;
  readonly count: number;
}

/** A median and the interval in which the true one lies with 95 % confidence. */
export interface Estimate {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

const ascending = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);

/** The quantile of sorted numbers, between neighbours in proportion, as numpy does by default. */
function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? Number.NaN;
  return below + (at - Math.floor(at)) * (above - below);
}

export const median = (values: readonly number[]): number => quantile(ascending(values), 0.5);

export function spread(values: readonly number[]): Spread {
  const sorted = ascending(values);
  return {
    min: sorted[0] ?? Number.NaN,
    lowerQuartile: quantile(sorted, 0.25),
    median: quantile(sorted, 0.5),
    upperQuartile: quantile(sorted, 0.75),
    count: sorted.length,
  };
}

/** 97.5 % of a normal distribution lie below so many standard deviations. */
const deviations = 1.96;

/**
 * The median with its 95 % interval from order statistics: how many of n numbers lie below the true median is binomial
 * with mean n/2 and deviation √n/2, whatever their distribution, outliers of a busy machine included. With fewer than
 * six numbers it is their whole range.
 */
export function estimateMedian(values: readonly number[]): Estimate {
  const sorted = ascending(values);
  const n = sorted.length;
  const rank = n < 6 ? 0 : Math.max(0, Math.floor(n / 2 - (deviations * Math.sqrt(n)) / 2));
  return {
    median: quantile(sorted, 0.5),
    low: sorted[rank] ?? Number.NaN,
    high: sorted[n - 1 - rank] ?? Number.NaN,
  };
}
