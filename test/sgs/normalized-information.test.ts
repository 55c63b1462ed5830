import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chanceInformation } from '../../src/sgs/chance.js';
import { multiplyOdds, normalizedInformation } from '../../src/sgs/normalized-information.js';
import { uniform } from '../../src/tensor/index.js';

const counts = fc.array(fc.nat({ max: 30 }), { minLength: 36, maxLength: 36 });

/** A joint histogram of six bins. */
function jointOf(cells: readonly number[]): Uint32Array {
  const joint = new Uint32Array(1024);
  cells.forEach((count, i) => {
    joint[32 * Math.floor(i / 6) + (i % 6)] = count;
  });
  return joint;
}

const transposed = (cells: readonly number[]): number[] =>
  cells.map((_, i) => cells[6 * (i % 6) + Math.floor(i / 6)] as number);

describe.each([true, false])('normalized information, corrected: %s', (correct) => {
  test('of a value with itself is 1', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 6, maxLength: 6 }),
        (own) => {
          fc.pre(own.filter((count) => count > 0).length > 1 && own.reduce((a, b) => a + b) > 8);
          const joint = jointOf(
            Array.from({ length: 36 }, (_, i) => (i % 7 === 0 ? (own[i / 7] as number) : 0)),
          );
          const value = normalizedInformation(joint, 6, correct);
          // One value that differs from all the others: its pairing is all there is to chance.
          fc.pre(!Number.isNaN(value));
          expect(value).toBeCloseTo(1, 9);
        },
      ),
    );
  });

  test('is symmetric', () => {
    fc.assert(
      fc.property(counts, (cells) => {
        const value = normalizedInformation(jointOf(cells), 6, correct);
        expect(normalizedInformation(jointOf(transposed(cells)), 6, correct)).toBeCloseTo(value, 9);
      }),
    );
  });

  test('is at most 1, and without correction at least 0', () => {
    fc.assert(
      fc.property(counts, (cells) => {
        const value = normalizedInformation(jointOf(cells), 6, correct);
        if (Number.isNaN(value)) return;
        expect(value).toBeLessThanOrEqual(1 + 1e-9);
        if (!correct) expect(value).toBeGreaterThanOrEqual(-1e-9);
      }),
    );
  });

  test('of what does not vary is not known', () => {
    expect(normalizedInformation(new Uint32Array(1024), 6, correct)).toBeNaN();
    expect(normalizedInformation(jointOf([40]), 6, correct)).toBeNaN();
  });
});

describe('information by chance', () => {
  /** The mean over random pairings of the same values, in nats. */
  function byShuffling(rows: readonly number[], columns: readonly number[], times: number): number {
    const spread = (sizes: readonly number[]) =>
      sizes.flatMap((size, i) => Array<number>(size).fill(i));
    const [x, y] = [spread(rows), spread(columns)];
    const next = uniform(7);
    const n = x.length;
    let sum = 0;
    for (let time = 0; time < times; time++) {
      for (let i = n - 1; i > 0; i--) {
        const j = Math.floor(next() * (i + 1));
        [y[i], y[j]] = [y[j] as number, y[i] as number];
      }
      const joint = new Map<number, number>();
      for (let i = 0; i < n; i++) {
        const cell = (x[i] as number) * 100 + (y[i] as number);
        joint.set(cell, (joint.get(cell) ?? 0) + 1);
      }
      for (const [cell, count] of joint) {
        const expected =
          ((rows[Math.floor(cell / 100)] as number) * (columns[cell % 100] as number)) / n;
        sum += (count / n) * Math.log(count / expected);
      }
    }
    return sum / times;
  }

  test.each([
    ['full cells', [100, 120, 80], [90, 110, 100]],
    ['sparse tails', [1, 5, 30, 60, 28, 3, 1], [2, 3, 40, 50, 30, 2, 1]],
    ['half of them zero', [64, 30, 20, 10, 3, 1], [64, 25, 20, 10, 7, 2]],
    ['mostly in one bin', [190, 6, 4], [195, 3, 2]],
  ])('%s: as the mean over random pairings', (_, rows, columns) => {
    const n = rows.reduce((a, b) => a + b);
    const found = chanceInformation(Float64Array.from(rows), Float64Array.from(columns), n);
    // 4000 pairings leave the mean uncertain by about 1 %.
    expect(found / byShuffling(rows, columns, 4000)).toBeCloseTo(1, 1.3);
  });

  test('is the correction of Miller and Madow where cells are full', () => {
    const margins = Float64Array.from({ length: 5 }, () => 20_000);
    const found = chanceInformation(margins, margins, 100_000);
    expect(found / (16 / 200_000)).toBeCloseTo(1, 3);
  });
});

test('odds multiplied twice are multiplied by the product', () => {
  const factor = fc.double({ min: 0.1, max: 50, noNaN: true });
  fc.assert(
    fc.property(fc.double({ min: -1, max: 1, noNaN: true }), factor, factor, (x, a, b) => {
      expect(multiplyOdds(multiplyOdds(x, a), b)).toBeCloseTo(multiplyOdds(x, a * b), 9);
    }),
  );
  for (const x of [0, 1]) expect(multiplyOdds(x, 5)).toBe(x);
  expect(multiplyOdds(0.5, 3) / (1 - multiplyOdds(0.5, 3))).toBeCloseTo(3, 12);
});
