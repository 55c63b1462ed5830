import { expect, test } from 'vitest';
import {
  kaimingFanIn,
  kaimingFanOut,
  normals,
  parameterSeed,
  uniformFanIn,
} from '../../src/models/initialization.js';

const count = 100_001;
const fan = { in: 9, out: 50 };

test('uniform numbers fill ±1/√fan-in', () => {
  const values = new Float32Array(count);
  uniformFanIn(values, fan, 5);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  // 10⁵ draws leave a gap of 2/3·10⁻⁵ on average; one of a hundredth has probability 10⁻²¹⁷.
  expect(low).toBeGreaterThanOrEqual(-1 / 3);
  expect(low).toBeLessThan(-0.33);
  expect(high).toBeLessThanOrEqual(1 / 3);
  expect(high).toBeGreaterThan(0.33);
});

test.each([
  ['kaimingFanIn', kaimingFanIn, Math.sqrt(2 / 9)],
  ['kaimingFanOut', kaimingFanOut, 0.2],
  ['normals', normals(0.01), 0.01],
] as const)('%s gives independent normal numbers', (_, fill, deviation) => {
  const values = new Float32Array(count);
  fill(values, fan, 6);
  const scores = Float64Array.from(values, (value) => value / deviation);
  // Shares below some quantiles of the normal distribution, within five standard errors.
  const quantiles = [
    [-3, 0.00135],
    [-1, 0.158655],
    [0, 0.5],
    [0.5, 0.691462],
    [2, 0.97725],
  ] as const;
  for (const [score, share] of quantiles) {
    const below = scores.filter((value) => value < score).length / count;
    const tolerance = 5 * Math.sqrt((share * (1 - share)) / count);
    expect(Math.abs(below - share), `below ${score}`).toBeLessThan(tolerance);
  }
  // Two numbers are drawn at a time: neighbours and their squares must not go together.
  const products = [0, 0];
  for (let i = 1; i < count; i++) {
    const [a, b] = [scores[i - 1] as number, scores[i] as number];
    products[0]! += a * b;
    products[1]! += (a * a - 1) * (b * b - 1);
  }
  expect(Math.abs(products[0]!) / count).toBeLessThan(5 / Math.sqrt(count));
  expect(Math.abs(products[1]!) / count).toBeLessThan(10 / Math.sqrt(count));
  // An odd length ends with half a pair.
  expect(values.at(-1)).not.toBe(0);
});

test('parameters have seeds of their own', () => {
  const names = Array.from({ length: 1000 }, (_, i) => `layer${i % 4}.${i}.conv1.weight`);
  const seeds = [0, 1, 2].flatMap((seed) => names.map((name) => parameterSeed(seed, name)));
  expect(new Set(seeds).size).toBe(seeds.length);
  expect(seeds.every((seed) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32)).toBe(true);
});
