import { timesLog } from './count-logarithms.js';

/** Cells that expect more pairs than this follow the expansion to better than 1 %. */
const crowded = 5;

/** Terms below this share of the sum are left out. */
const negligible = 1e-7;

/**
 * `E[c·ln c]` for the count c of a cell whose row holds a of n pairs and whose column b, over all ways to pair them: a
 * hypergeometric number of mean `a·b ÷ n`.
 */
function expected(a: number, b: number, n: number): number {
  const mean = (a * b) / n;
  if (mean > crowded) return mean * Math.log(mean) + crowdedExcess(a, b, n, mean);
  const least = Math.max(0, a + b - n);
  const most = Math.min(a, b);
  let [weight, total, sum] = [1, 1, timesLog(least)];
  for (let c = least; c < most; c++) {
    weight *= ((a - c) * (b - c)) / ((c + 1) * (n - a - b + c + 1));
    total += weight;
    sum += weight * timesLog(c + 1);
    if (c > mean && weight < negligible * total) break;
  }
  return sum / total;
}

/** What `E[c·ln c]` has above `mean·ln mean`: the expansion about the mean, up to the fourth moment. */
function crowdedExcess(a: number, b: number, n: number, mean: number): number {
  const [p, q] = [1 - a / n, 1 - b / n];
  const variance = (mean * p * q * n) / (n - 1);
  const third = variance * (2 * p - 1) * (2 * q - 1);
  const fourth = 3 * variance * variance;
  return variance / (2 * mean) - third / (6 * mean ** 2) + fourth / (12 * mean ** 3);
}

/**
 * Mutual information in nats that a histogram with these margins shows by mere chance: its mean over all ways to pair
 * the same values (Vinh et al., "Information theoretic measures for clusterings comparison", JMLR 2010). Where every
 * cell is full this is the correction of Miller and Madow for the three entropies, `(rows − 1)·(columns − 1) ÷ 2n`; in
 * sparse tails of a distribution theirs corrects too little.
 * @param rows pairs in each row @param columns pairs in each column @param pairs n
 */
export function chanceInformation(
  rows: Float64Array,
  columns: Float64Array,
  pairs: number,
): number {
  let sum = timesLog(pairs);
  for (const a of rows) {
    sum -= timesLog(a);
    if (a > 0) for (const b of columns) if (b > 0) sum += expected(a, b, pairs);
  }
  for (const b of columns) sum -= timesLog(b);
  return sum / pairs;
}
