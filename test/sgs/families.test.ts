import { expect, test } from 'vitest';
import { meanOne, scalingFamilies } from '../../src/sgs/index.js';

const scaling = (name: string, kernel: readonly number[], power: 1 | 2 = 2): number[] => [
  ...scalingFamilies.find((family) => family.name === name)!.scaling(kernel, power),
];

test('acb and repvgg have the scalings of the paper', () => {
  expect(scaling('acb', [3, 3])).toEqual([1, 2, 1, 2, 3, 2, 1, 2, 1]);
  expect(scaling('repvgg', [3, 3])).toEqual([1, 1, 1, 1, 2, 1, 1, 1, 1]);
});

test('kernels of other shapes', () => {
  expect(scaling('acb', [1, 3])).toEqual([2, 3, 2]);
  expect(scaling('acb', [3])).toEqual([2, 2, 2]);
  expect(scaling('repvgg', [5])).toEqual([1, 1, 2, 1, 1]);
  expect(scaling('mobileone', [3, 3])).toEqual([4, 4, 4, 4, 5, 4, 4, 4, 4]);
});

test('a fixed filter counts with its square where gradients are scaled', () => {
  const [corner = 0] = scaling('dbb', [3, 3], 2);
  expect(corner).toBeCloseTo(2 + 1 / 81, 12);
  expect(scaling('dbb', [3, 3], 1)[0]).toBeCloseTo(2 + 1 / 9, 12);
});

test.each(scalingFamilies)('$name: positive, largest in the middle, mean 1', (family) => {
  for (const kernel of [[3, 3], [5, 3], [7], [3, 3, 3]]) {
    const values = meanOne(family.scaling(kernel, 2));
    const middle = values[Math.floor(values.length / 2)]!;
    expect(Math.max(...values)).toBe(middle);
    expect(Math.min(...values)).toBeGreaterThan(0);
    expect(values.reduce((sum, value) => sum + value, 0) / values.length).toBeCloseTo(1, 12);
  }
});
