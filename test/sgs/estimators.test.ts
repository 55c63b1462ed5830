import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { corrected } from '../../src/sgs/estimators/corrected.js';
import { paper } from '../../src/sgs/estimators/paper.js';
import { type ConvWindow, type Estimator, estimators } from '../../src/sgs/index.js';
import { Choices, choiceNumbers } from '../reference/choices.js';
import { correlated, mapped, meanOf, noise, windowOf } from './support.js';

/** A small feature map and a window over it, of any shape that the estimator measures. */
function drawCase(numbers: readonly number[], estimator: Estimator) {
  const choices = new Choices(numbers);
  const length = () => choices.between(1, 7);
  const pooledKernel = choices.of([3, 3], [5, 5]);
  const kernel =
    estimator === paper
      ? pooledKernel
      : choices.of([3, 3], [5, 5], [1, 5], [3, 1], [2, 2], [4, 3], [3, 5]);
  const window = windowOf(kernel, {
    strides: [choices.between(1, 3), choices.between(1, 3)],
    dilations: [choices.between(1, 2), choices.between(1, 2)],
  });
  const dims = [choices.between(1, 12), choices.between(1, 3), length(), length()];
  const relu = choices.once(2);
  const field = noise(dims, choices.below(1000));
  const feature = relu ? mapped(field, (value) => Math.max(0, value)) : field;
  const removeZeros = choices.once(3);
  return { feature, window, options: { removeZeros, k: choices.of(5, 1, 2) } };
}

describe.each(estimators)('$name', (estimator) => {
  const { estimate } = estimator;
  const numbers = choiceNumbers(14);
  const measure = (drawn: readonly number[]) => {
    const { feature, window, options } = drawCase(drawn, estimator);
    return { G: estimate(feature, window, options), feature, window, options };
  };

  test('has mean 1, is never negative nor NaN, and symmetric about the middle', () => {
    fc.assert(
      fc.property(numbers, (drawn) => {
        const { G, window } = measure(drawn);
        expect(G.length).toBe(window.kernel.reduce((a, b) => a * b));
        expect(G.every((value) => value >= 0 && value <= G.length + 1e-9)).toBe(true);
        expect(meanOf(G)).toBeCloseTo(1, 9);
        G.forEach((value, i) => {
          expect(G[G.length - 1 - i]).toBeCloseTo(value, 9);
        });
      }),
    );
  });

  test('depends neither on scale nor on sign, corrected not on the zero either', () => {
    fc.assert(
      fc.property(numbers, (drawn) => {
        const { G, feature, window, options } = measure(drawn);
        const near = (other: Float64Array): void => {
          other.forEach((value, i) => {
            expect(value).toBeCloseTo(G[i] as number, 9);
          });
        };
        near(
          estimate(
            mapped(feature, (value) => 4 * value),
            window,
            options,
          ),
        );
        near(
          estimate(
            mapped(feature, (value) => -value),
            window,
            options,
          ),
        );
        if (estimator === paper || options.removeZeros) return;
        // Small numbers of few bits: a sum with 64 keeps all of them.
        const coarse = mapped(feature, (value) => Math.round(value * 4096) / 4096);
        const shifted = mapped(coarse, (value) => value + 64);
        const plain = estimate(coarse, window, options);
        estimate(shifted, window, options).forEach((value, i) => {
          expect(value).toBeCloseTo(plain[i] as number, 9);
        });
      }),
    );
  });

  test('what depends on itself only through noise: the middle is the largest', () => {
    for (const [down, right] of [
      [0.9, 0.4],
      [0, 0.7],
      [0.95, 0.95],
    ] as const) {
      const G = estimate(correlated([16, 4, 8, 8], [down, right]), windowOf([3, 3]));
      expect(Math.max(...G)).toBe(G[4]);
    }
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'a feature map that holds %d is an error',
    (value) => {
      const feature = noise([8, 2, 4, 4]);
      feature.data[100] = value;
      expect(() => estimate(feature, windowOf([3, 3]))).toThrow(/infinite values or NaN/);
    },
  );

  test('nothing to measure: 1 everywhere', () => {
    const even = new Float64Array(9).fill(1);
    const zeros = mapped(noise([8, 2, 4, 4]), () => 0);
    expect(estimate(zeros, windowOf([3, 3]))).toEqual(even);
    expect(estimate(zeros, windowOf([3, 3]), { removeZeros: true }).every(Number.isFinite)).toBe(
      true,
    );
  });
});

/** Standard error of G beside the middle where pixels are independent, see `corrected`; about, for bins of equal width. */
function errorOf(dims: readonly number[], pairs: number, taps: number): number {
  const bins = Math.min(1 + Math.ceil(Math.log2(pairs)), Math.floor(Math.sqrt(pairs / 2)));
  // Gaussian values in bins of equal width have about 2/3 of the largest joint entropy.
  const entropy = (4 / 3) * Math.log(bins);
  const freedom = (bins - 1) ** 2;
  return (taps * 5 * Math.sqrt(2 * freedom)) / (2 * pairs * entropy * Math.sqrt(dims[1] as number));
}

describe('independent pixels: nothing but the middle', () => {
  const cases = [
    [128, 64, 2],
    [512, 64, 2],
    [128, 32, 4],
    [16, 8, 32],
  ] as const;

  test.each(cases)('%i images, %i channels, %i×2 maps and up', (images, channels, length) => {
    const dims = [images, channels, length, length];
    const tolerance = 4 * errorOf(dims, images * (length - 1) ** 2, 9);
    expect(tolerance).toBeLessThan(0.4);
    for (const relu of [false, true]) {
      const field = noise(dims, 11);
      const feature = relu ? mapped(field, (value) => Math.max(0, value)) : field;
      const G = corrected.estimate(feature, windowOf([3, 3]));
      G.forEach((value, i) => {
        expect(Math.abs(value - (i === 4 ? 9 : 0))).toBeLessThan(
          i === 4 ? 8 * tolerance : tolerance,
        );
      });
    }
  });

  test("the paper's code takes padding for dependence there, and the removal of zeros too", () => {
    const feature = noise([512, 64, 2, 2], 11);
    const tolerance = 4 * errorOf(feature.dims, 512, 9);
    for (const removeZeros of [false, true]) {
      const G = paper.estimate(feature, windowOf([3, 3]), { removeZeros });
      expect(Math.min(...G)).toBeGreaterThan(3 * tolerance);
      expect(G[4]).toBeLessThan(6);
    }
  });

  test.each([
    [
      [1, 5],
      [0, 0, 5, 0, 0],
    ],
    [
      [3, 1],
      [0, 3, 0],
    ],
    [
      [1, 4],
      [0, 2, 2, 0],
    ],
    [
      [2, 2],
      [1, 1, 1, 1],
    ],
  ])('a kernel of %j', (kernel, expected) => {
    const G = corrected.estimate(noise([64, 16, 8, 9], 3), windowOf(kernel));
    G.forEach((value, i) => {
      expect(Math.abs(value - (expected[i] as number))).toBeLessThan(0.02);
    });
  });
});

describe('fields with a known dependence', () => {
  /** G of Gaussian fields orders taps as their mutual information −½·ln(1 − ρ²) does. */
  const informationOf = (correlation: number) => -0.5 * Math.log(1 - correlation ** 2);
  const correlations = [
    [0.8, 0.4],
    [0.3, 0.6],
    [0.9, 0.85],
  ] as const;

  test.each(correlations)(
    'down %d, right %d: the order of the closed form, on maps of all sizes',
    (down, right) => {
      for (const dims of [
        [512, 32, 2, 2],
        [128, 32, 4, 4],
        [16, 8, 32, 32],
      ] as const) {
        const G = corrected.estimate(correlated(dims, [down, right]), windowOf([3, 3]));
        const taps = [0, 1, 3, 4].map((tap) => {
          const rows = 1 - Math.floor(tap / 3);
          const columns = 1 - (tap % 3);
          const correlation = down ** rows * right ** columns;
          return { value: G[tap] as number, truth: informationOf(Math.min(correlation, 1 - 1e-9)) };
        });
        const byTruth = taps.toSorted((a, b) => a.truth - b.truth).map(({ value }) => value);
        expect(byTruth).toEqual(byTruth.toSorted((a, b) => a - b));
      }
    },
  );

  test('small maps measure what large maps do, which the padding hides from the code of the paper', () => {
    const fields = ([128, 64] as const).map((images, i) =>
      correlated(i === 0 ? [images, 64, 2, 2] : [images, 8, 32, 32], [0.8, 0.5]),
    );
    const distance = (estimator: Estimator) => {
      const [small, large] = fields.map((field) => estimator.estimate(field, windowOf([3, 3])));
      return Math.max(...small!.map((value, i) => Math.abs(value / (large![i] as number) - 1)));
    };
    expect(distance(corrected)).toBeLessThan(0.12);
    expect(distance(paper)).toBeGreaterThan(0.5);
  });

  test('sides are told apart: [1, 5] follows the width, [5, 1] the height', () => {
    const field = correlated([32, 16, 12, 10], [0.9, 0.2]);
    const wide = corrected.estimate(field, windowOf([1, 5]));
    const tall = corrected.estimate(field, windowOf([5, 1]));
    expect(wide[2]! / wide[1]!).toBeGreaterThan(5 * (tall[2]! / tall[1]!));
    expect(wide[1]).toBeGreaterThan(wide[0] as number);
    expect(tall[1]).toBeGreaterThan(tall[0] as number);
    for (const kernel of [
      [1, 5],
      [5, 1],
      [3, 5],
    ]) {
      const skipped = paper.estimate(field, windowOf(kernel));
      expect(new Set(skipped)).toEqual(new Set([1]));
    }
  });

  test('one axis and three axes', () => {
    const line = correlated([64, 8, 1, 20], [0, 0.8]);
    const flat = corrected.estimate(line, windowOf([1, 3]));
    expect(corrected.estimate({ ...line, dims: [64, 8, 20] }, windowOf([3]))).toEqual(flat);
    const volume = { ...correlated([64, 8, 6, 6], [0.9, 0.4]), dims: [16, 8, 4, 6, 6] };
    const G = corrected.estimate(volume, windowOf([1, 3, 3]));
    expect(G[1]).toBeGreaterThan(G[3] as number);
  });
});

describe('strides and dilations', () => {
  test('a dilated kernel sees what lies that far apart', () => {
    const field = correlated([32, 16, 16, 16], [0.9, 0.6]);
    const dilated = corrected.estimate(field, windowOf([3, 3], { dilations: [2, 2] }));
    const wide = corrected.estimate(field, windowOf([5, 5]));
    // Taps 0, 2 and 4 of the wide kernel, up to the factor that makes the mean 1.
    const every = [0, 2, 4].flatMap((row) =>
      [0, 2, 4].map((column) => wide[5 * row + column] as number),
    );
    dilated.forEach((value, i) => {
      expect(value / dilated[4]!).toBeCloseTo(every[i]! / every[4]!, 1.5);
    });
    const plain = corrected.estimate(field, windowOf([3, 3]));
    expect(dilated[1]! / dilated[4]!).toBeLessThan(0.8 * (plain[1]! / plain[4]!));
  });

  test('patches: only pairs within a patch count', () => {
    // Pixels of a 4×4 patch are equal, but for little noise; patches are independent.
    const patches = noise([64, 8, 4, 4], 5);
    const fine = noise([64, 8, 16, 16], 6);
    const feature = mapped(fine, (value) => value * 0.001);
    feature.data.forEach((value, i) => {
      const [row, column] = [Math.floor(i / 16) % 16, i % 16];
      const at = 16 * Math.floor(i / 256) + 4 * Math.floor(row / 4) + Math.floor(column / 4);
      feature.data[i] = value + (patches.data[at] as number);
    });
    const cut: ConvWindow = windowOf([4, 4], {
      strides: [4, 4],
      padsBegin: [0, 0],
      padsEnd: [0, 0],
    });
    const inPatches = corrected.estimate(feature, cut);
    const everywhere = corrected.estimate(feature, windowOf([4, 4]));
    expect(Math.max(...inPatches) - Math.min(...inPatches)).toBeLessThan(0.1);
    expect(Math.max(...everywhere) - Math.min(...everywhere)).toBeGreaterThan(0.5);
  });

  test('stride 2 with a 3×3 kernel sees the pairs of stride 1', () => {
    const field = correlated([16, 4, 8, 8], [0.7, 0.4]);
    const strided = corrected.estimate(field, windowOf([3, 3], { strides: [2, 2] }));
    expect(strided).toEqual(corrected.estimate(field, windowOf([3, 3])));
  });
});

describe('what cannot be measured', () => {
  test('dead channels change nothing', () => {
    const field = correlated([16, 3, 6, 6], [0.7, 0.4]);
    const data = new Float32Array(16 * 5 * 36);
    for (let n = 0; n < 16; n++) {
      data.set(field.data.subarray(n * 108, (n + 1) * 108), n * 180);
      data.fill(3, n * 180 + 108, n * 180 + 144);
    }
    const G = corrected.estimate({ data, dims: [16, 5, 6, 6] }, windowOf([3, 3]));
    expect(G).toEqual(corrected.estimate(field, windowOf([3, 3])));
  });

  test('taps that never see the image keep 1, the others have mean 1', () => {
    const line = correlated([64, 8, 1, 20], [0, 0.8]);
    const G = corrected.estimate(line, windowOf([3, 3]));
    expect([...G.slice(0, 3), ...G.slice(6)]).toEqual(Array(6).fill(1));
    expect(G.slice(3, 6)).toEqual(corrected.estimate(line, windowOf([1, 3])));
    expect(corrected.estimate(noise([64, 8, 1, 1]), windowOf([3, 3]))).toEqual(
      new Float64Array(9).fill(1),
    );
  });

  test('too few pairs: 1 everywhere', () => {
    expect(corrected.estimate(noise([1, 8, 3, 3]), windowOf([3, 3]))).toEqual(
      new Float64Array(9).fill(1),
    );
  });
});
