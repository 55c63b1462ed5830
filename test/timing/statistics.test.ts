import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimateMedian, median, spread } from '../../src/timing/index.js';

const times = fc.array(fc.double({ min: 1e-6, max: 1e3, noNaN: true }), {
  minLength: 1,
  maxLength: 200,
});

describe('the figures of a sample', () => {
  it('are those of numpy.quantile', () => {
    expect(spread([4, 1, 3, 2])).toEqual({
      min: 1,
      lowerQuartile: 1.75,
      median: 2.5,
      upperQuartile: 3.25,
      count: 4,
    });
    expect(median([5])).toBe(5);
  });

  it('are in order, within the sample, and do not depend on its order', () => {
    fc.assert(
      fc.property(times, (sample) => {
        const found = spread(sample);
        const { min, lowerQuartile, upperQuartile } = found;
        expect(min).toBe(Math.min(...sample));
        expect([lowerQuartile, found.median, upperQuartile]).toEqual(
          [lowerQuartile, found.median, upperQuartile].toSorted((a, b) => a - b),
        );
        expect(spread(sample.toReversed())).toEqual(found);
      }),
    );
  });
});

/** How often an interval of the `rank`-th smallest and largest of n numbers holds the true median, by counting. */
function coverage(n: number, rank: number): number {
  let [choices, below] = [1, 0];
  for (let k = 0; k <= rank; k++) {
    below += choices;
    choices = (choices * (n - k)) / (k + 1);
  }
  return 1 - (2 * below) / 2 ** n;
}

/** Places of the ends in 0, 1, … n − 1. */
const endsOf = (n: number) => estimateMedian(Array.from({ length: n }, (_, i) => i)).interval;

describe('the interval of a median', () => {
  it('is that of the tables', () => {
    expect(endsOf(5)).toBeNull();
    expect(endsOf(6)).toEqual([0, 5]);
    expect(endsOf(8)).toEqual([0, 7]);
    expect(endsOf(9)).toEqual([1, 7]);
    expect(endsOf(25)).toEqual([7, 17]);
    expect(endsOf(100)).toEqual([39, 60]);
  });

  it('holds the true median with 95 % confidence, and is the narrowest that does', () => {
    for (let n = 6; n <= 1000; n++) {
      const [low, high] = endsOf(n) ?? [0, 0];
      expect(low + high).toBe(n - 1);
      expect(coverage(n, low)).toBeGreaterThanOrEqual(0.95);
      expect(coverage(n, low + 1)).toBeLessThan(0.95);
    }
    // 2^-n is 0 in floating point.
    const [low = 0] = endsOf(5000) ?? [];
    expect(low).toBeCloseTo(2500 - 0.98 * Math.sqrt(5000), -1);
  });

  it('holds the median of the sample, whatever its order', () => {
    fc.assert(
      fc.property(times, (sample) => {
        const found = estimateMedian(sample);
        const [low, high] = found.interval ?? [found.median, found.median];
        expect(low).toBeLessThanOrEqual(found.median);
        expect(high).toBeGreaterThanOrEqual(found.median);
        expect(estimateMedian(sample.toReversed())).toEqual(found);
      }),
    );
  });

  it('is 1 to 1 for the ratios of equal times', () => {
    fc.assert(
      fc.property(times, (sample) => {
        const { median, interval } = estimateMedian(sample.map((time) => time / time));
        expect(median).toBe(1);
        expect(interval ?? [1, 1]).toEqual([1, 1]);
      }),
    );
  });
});
