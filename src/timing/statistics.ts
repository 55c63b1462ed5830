/** Five figures of a sample. */
export interface Spread {
  readonly min: number;
  readonly lowerQuartile: number;
  readonly median: number;
  readonly upperQuartile: number;
  readonly count: number;
}

export interface Estimate {
  readonly median: number;
  /** In which the true median lies with at least 95 % confidence; null for fewer than six numbers. */
  readonly interval: readonly [low: number, high: number] | null;
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

/** Of fewer numbers not even the whole range holds the true median with 95 % confidence. */
export const fewestForInterval = 6;

/**
 * How many of n numbers may be left out at either end, such that the rest still holds the true median with 95 %
 * confidence: how many lie below it is binomial, and up to `rank` of them do with a probability of at most 2.5 %.
 */
function outermostRank(n: number): number {
  // In logarithms, because 2^-n is no number any more for large n.
  let logarithm = -n * Math.LN2;
  let below = Math.exp(logarithm);
  let rank = 0;
  for (;;) {
    logarithm += Math.log((n - rank) / (rank + 1));
    below += Math.exp(logarithm);
    if (below > 0.025) return rank;
    rank++;
  }
}

/**
 * The median with its 95 % interval from order statistics. Unlike a bootstrap it needs no random numbers and is exact
 * for every count and every distribution, outliers of a busy machine included, as long as the numbers are independent.
 */
export function estimateMedian(values: readonly number[]): Estimate {
  const sorted = ascending(values);
  const n = sorted.length;
  const median = quantile(sorted, 0.5);
  if (n < fewestForInterval) return { median, interval: null };
  const rank = outermostRank(n);
  return { median, interval: [sorted[rank] as number, sorted[n - 1 - rank] as number] };
}
