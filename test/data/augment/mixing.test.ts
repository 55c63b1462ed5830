import { describe, expect, it } from 'vitest';
import { normalizer } from '../../../src/data/augment/normalize.js';
import { beta, mixedSeed, permutation } from '../../../src/data/augment/random.js';
import { uniform } from '../../../src/tensor/index.js';
import { batchStep } from './support.js';

const [count, height, width, planes] = [4, 6, 5, 2];
const size = planes * height * width;

/** Image i is i everywhere and of class i, so that pixels tell where they come from. */
const batch = () => ({
  images: Float32Array.from({ length: count * size }, (_, i) => Math.floor(i / size)),
  targets: Float32Array.from({ length: count * count }, (_, i) => (i % (count + 1) === 0 ? 1 : 0)),
  count,
  height,
  width,
});

const mean = (values: Float32Array): number =>
  values.reduce((sum, v) => sum + v, 0) / values.length;
/** The classes that targets speak of, weighted: what the pixels must be on average. */
const meanClass = (targets: Float32Array): number =>
  targets.reduce((sum, share, k) => sum + share * k, 0);

describe.each(['mixup=0.5', 'mixup=5', 'cutmix=0.5', 'cutmix'])('%s', (spec) => {
  it('mixes targets as it mixes pixels', () => {
    const random = uniform(1);
    const shares = new Set<number>();
    for (let round = 0; round < 50; round++) {
      const mixed = batch();
      batchStep(spec).apply(mixed, random);
      for (let i = 0; i < count; i++) {
        const image = mixed.images.subarray(i * size, (i + 1) * size);
        const targets = mixed.targets.subarray(i * count, (i + 1) * count);
        expect(targets.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6);
        expect(mean(image)).toBeCloseTo(meanClass(targets), 5);
        expect(new Set(image).size).toBeLessThanOrEqual(spec.startsWith('mixup') ? 1 : 2);
        shares.add(targets[i]!);
      }
    }
    expect(shares.size).toBeGreaterThan(8);
  });
});

it('cutmix replaces a box', () => {
  const random = uniform(4);
  let seen = 0;
  for (let round = 0; round < 50; round++) {
    const mixed = batch();
    batchStep('cutmix').apply(mixed, random);
    for (let plane = 0; plane < count * planes; plane++) {
      const own = Math.floor(plane / planes);
      const foreign: [y: number, x: number][] = [];
      for (let i = 0; i < height * width; i++) {
        if (mixed.images[plane * height * width + i] !== own)
          foreign.push([Math.floor(i / width), i % width]);
      }
      if (foreign.length === 0) continue;
      const [ys, xs] = [foreign.map(([y]) => y), foreign.map(([, x]) => x)];
      const area =
        (Math.max(...ys) - Math.min(...ys) + 1) * (Math.max(...xs) - Math.min(...xs) + 1);
      expect(foreign.length).toBe(area);
      seen++;
    }
  }
  expect(seen).toBeGreaterThan(50);
});

describe('random numbers', () => {
  it.each([0.1, 0.2, 1, 3])('Beta(%d, %d) has its mean and variance', (alpha) => {
    const random = uniform(7);
    const values = Array.from({ length: 20_000 }, () => beta(alpha, random));
    const average = values.reduce((a, b) => a + b) / values.length;
    const variance = values.reduce((sum, v) => sum + (v - average) ** 2, 0) / values.length;
    expect(average).toBeCloseTo(0.5, 1.5);
    expect(variance / (1 / (4 * (2 * alpha + 1)))).toBeCloseTo(1, 1);
    expect(values.every((v) => v >= 0 && v <= 1)).toBe(true);
  });

  it('every order is equally likely', () => {
    const random = uniform(5);
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const order = permutation(3, random).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual(['012', '021', '102', '120', '201', '210']);
    // Four standard deviations.
    for (const found of counts.values()) expect(Math.abs(found - 1000)).toBeLessThan(116);
  });

  it('seeds differ when any of their numbers does', () => {
    const seeds = new Set<number>();
    for (let a = 0; a < 20; a++) {
      for (let b = 0; b < 20; b++) for (let c = 0; c < 20; c++) seeds.add(mixedSeed(a, b, c));
    }
    expect(seeds.size).toBe(8000);
  });
});

it('normalisation is rounded once', () => {
  const target = new Float32Array(6);
  normalizer([0.5, 0.1], [0.25, 0.3])(Uint8Array.of(0, 128, 255, 0, 7, 255), target);
  const expected = [0, 128, 255, 0, 7, 255].map((v, i) =>
    i < 3 ? (v / 255 - 0.5) / 0.25 : (v / 255 - 0.1) / 0.3,
  );
  expect([...target]).toEqual(expected.map(Math.fround));
});
