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

describe('the interval of a median', () => {
  it('holds the median, and is the whole range of few numbers', () => {
    fc.assert(
      fc.property(times, (sample) => {
        const { low, median, high } = estimateMedian(sample);
        expect(low).toBeLessThanOrEqual(median);
        expect(high).toBeGreaterThanOrEqual(median);
      }),
    );
    expect(estimateMedian([3, 1, 2])).toEqual({ low: 1, median: 2, high: 3 });
  });

  it('holds the true median in about 95 of 100 samples, whatever the distribution', () => {
    // A small generator of its own: the numbers of a skewed distribution whose median is ln 2.
    let state = 7;
    const random = () => {
      state = (state * 48271) % 2147483647;
      return state / 2147483647;
    };
    const hits = Array.from({ length: 1000 }, () => {
      const { low, high } = estimateMedian(Array.from({ length: 60 }, () => -Math.log(random())));
      return low <= Math.LN2 && Math.LN2 <= high;
    }).filter(Boolean).length;
    expect(hits).toBeGreaterThan(920);
    expect(hits).toBeLessThan(990);
  });
});
