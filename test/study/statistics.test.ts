import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pairedDifference, spreadOf, student95 } from '../../src/study/statistics.js';
import { criticalValue, twoSided } from '../../src/study/student.js';

/** 2 · scipy.stats.t.sf(t, degrees) of scipy 1.17. */
const probabilities = [
  [0, 1, 1],
  [0.5, 1, 0.7048327646991335],
  [12.706, 1, 0.05000080235813319],
  [1, 2, 0.4226497308103742],
  [4.303, 2, 0.0499925249852145],
  [2.5, 3, 0.08770664700806556],
  [0.001, 4, 0.99925000015625],
  [30, 2, 0.001109262681959659],
  [2.2, 5, 0.07909389790318237],
  [1.9, 30, 0.06708292399859693],
  [3.5, 120, 0.0006538077398618747],
  [0.7, 9.5, 0.5007088254235296],
  [100, 3, 2.2045219231849105e-6],
] as const;

/** scipy.stats.t.isf(probability / 2, degrees). */
const criticals = [
  [0.05, 1, 12.706204736174705],
  [0.05, 2, 4.302652729749464],
  [0.05, 3, 3.1824463052837086],
  [0.05, 4, 2.7764451051977943],
  [0.05, 9, 2.2621571627982053],
  [0.05, 30, 2.042272456301238],
  [0.05, 1000, 1.9623390808264085],
  [0.01, 2, 9.924843200918293],
  [0.5, 5, 0.7266868438004226],
  [1e-6, 3, 130.15458955835794],
  [0.999, 7, 0.001298730555074094],
] as const;

/** scipy.stats.ttest_rel(after, before) with its confidence interval. */
const tests = [
  {
    before: [0.61, 0.63, 0.62],
    after: [0.64, 0.65, 0.66],
    mean: 0.030000000000000027,
    p: 0.035098718645984656,
    interval: [0.005158622882496702, 0.05484137711750335],
  },
  {
    before: [0.9, 0.91, 0.905, 0.895, 0.92],
    after: [0.901, 0.908, 0.912, 0.9, 0.918],
    mean: 0.0018000000000000017,
    p: 0.38042576543049433,
    interval: [-0.0032741385860134424, 0.006874138586013446],
  },
  {
    before: [0.5, 0.7],
    after: [0.51, 0.72],
    mean: 0.015000000000000013,
    p: 0.20483276469913345,
    interval: [-0.04853102368087352, 0.07853102368087354],
  },
  {
    before: [0.1, 0.2, 0.3, 0.4],
    after: [0.4, 0.3, 0.2, 0.1001],
    mean: 2.4999999999997247e-5,
    p: 0.9998576261374917,
    interval: [-0.4107654266262541, 0.4108154266262541],
  },
];

const relative = (value: number, expected: number): number =>
  Math.abs(value - expected) / Math.abs(expected);

describe("Student's distribution is scipy's", () => {
  it.each(probabilities)('P(|T| > %d) with %d degrees', (t, degrees, expected) => {
    expect(relative(twoSided(t, degrees), expected)).toBeLessThan(1e-12);
    expect(twoSided(-t, degrees)).toBe(twoSided(t, degrees));
  });

  it.each(criticals)('the t exceeded with %d and %d degrees', (probability, degrees, expected) => {
    expect(relative(criticalValue(probability, degrees), expected)).toBeLessThan(1e-10);
  });

  it('one is the inverse of the other', () => {
    const probability = fc.double({ min: 1e-8, max: 0.99, noNaN: true });
    fc.assert(
      fc.property(probability, fc.integer({ min: 1, max: 200 }), (p, degrees) => {
        expect(relative(twoSided(criticalValue(p, degrees), degrees), p)).toBeLessThan(1e-9);
      }),
    );
  });

  it('95 % of it lie within', () => expect(student95(2)).toBeCloseTo(4.302652729749464, 10));
});

describe('a paired difference', () => {
  it.each(tests)('is that of scipy for $after', ({ before, after, mean, p, interval }) => {
    const found = pairedDifference(before.map((value, i) => [value, after[i] ?? 0]));
    expect(found.pairs).toBe(before.length);
    expect(found.mean).toBeCloseTo(mean, 14);
    expect(found.p).toBeCloseTo(p, 10);
    expect(found.interval?.[0]).toBeCloseTo(interval[0] ?? 0, 10);
    expect(found.interval?.[1]).toBeCloseTo(interval[1] ?? 0, 10);
  });

  it('has no probability for fewer than two pairs, nor where all differ by the same', () => {
    const none = { interval: null, p: null };
    expect(pairedDifference([])).toEqual({ pairs: 0, mean: null, ...none });
    expect(pairedDifference([[0.5, 0.75]])).toEqual({ pairs: 1, mean: 0.25, ...none });
    // What rounding leaves is no spread.
    const same = [
      [0.1, 0.3],
      [0.2, 0.4],
      [0.7, 0.9],
    ] as const;
    expect(pairedDifference(same)).toMatchObject({ pairs: 3, ...none });
    expect(
      pairedDifference([
        [0.5, 0.5],
        [0.6, 0.6],
      ]),
    ).toEqual({ pairs: 2, mean: 0, ...none });
  });
});

it('the spread of a sample', () => {
  expect(spreadOf([])).toBeNull();
  expect(spreadOf([3])).toEqual({ count: 1, mean: 3, std: null });
  // numpy.std(ddof=1)
  expect(spreadOf([0.1, 0.2, 0.3, 0.4])?.std).toBeCloseTo(0.12909944487358055, 14);
});
