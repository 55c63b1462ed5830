import { chanceInformation } from './chance.js';
import { timesLog } from './count-logarithms.js';

const rows = new Float64Array(32);
const columns = new Float64Array(32);

/** Σ c·ln c */
const logarithms = (counts: Float64Array): number => {
  let sum = 0;
  for (const count of counts) sum += timesLog(count);
  return sum;
};

/**
 * Mutual information over joint entropy, `I ÷ H(x, y)` with `I = H(x) + H(y) − H(x, y)`: 0 where x and y do not depend on
 * each other, 1 where each determines the other. NaN where they do not vary, or where nothing was counted.
 * @param joint a histogram as `histogram.ts` counts it, of which the first `bins` rows and columns are read
 * @param correct whether to take out what finite samples add. Chance adds E to I where x and y are independent and nothing
 *   where one determines the other; in between it is taken to fall linearly, so that the result is
 *   `(I − E) ÷ (H(x, y) − E)`, which may be slightly negative.
 */
export function normalizedInformation(joint: Uint32Array, bins: number, correct: boolean): number {
  rows.fill(0);
  columns.fill(0);
  let [pairs, cells, occupied] = [0, 0, 0];
  for (let i = 0; i < bins; i++) {
    for (let j = 0; j < bins; j++) {
      const count = joint[32 * i + j] as number;
      if (count === 0) continue;
      rows[i] = (rows[i] as number) + count;
      columns[j] = (columns[j] as number) + count;
      pairs += count;
      cells += timesLog(count);
      occupied++;
    }
  }
  if (occupied < 2) return Number.NaN;
  // Entropies are ln n − Σ c·ln c ÷ n.
  const entropy = Math.log(pairs) - cells / pairs;
  const sums = logarithms(rows) + logarithms(columns);
  const information = Math.log(pairs) + (cells - sums) / pairs;
  const chance = correct ? chanceInformation(rows, columns, pairs) : 0;
  // Where values are as good as constant, all that is left may be chance.
  return entropy - chance > 1e-9 ? (information - chance) / (entropy - chance) : Number.NaN;
}

/**
 * Multiplies the odds `x ÷ (1 − x)` of a dependence by k: `k·x ÷ ((k − 1)·x + 1)`, as the paper does to normalized mutual
 * information. Two of these in a row multiply by the product. Continued to negative estimates as an odd function, so that
 * errors of both signs cancel when estimates are averaged.
 */
export const multiplyOdds = (x: number, k: number): number =>
  x < 0 ? -multiplyOdds(-x, k) : (k * x) / ((k - 1) * x + 1);
