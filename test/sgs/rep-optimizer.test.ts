import { expect, test } from 'vitest';
import { repOptimized } from '../../src/sgs/index.js';

const scales = { kernel: 2, point: 3, identity: 5 };

test('the weight is the sum of the branches, the multiplier the sum of their squares', () => {
  const drawn = Float64Array.from({ length: 2 * 2 * 9 }, (_, i) => i);
  const point = Float64Array.of(10, 20, 30, 40);
  const { weight, scaling } = repOptimized([2, 2, 3, 3], drawn, point, scales, true, 2);
  const expected = [...drawn].map((value) => 2 * value);
  const factors = expected.map(() => 4);
  for (const [row, value] of point.entries()) {
    const isDiagonal = row === 0 || row === 3;
    expected[9 * row + 4]! += 3 * value + (isDiagonal ? 5 : 0);
    factors[9 * row + 4]! += 9 + (isDiagonal ? 1 : 0);
  }
  expect([...weight]).toEqual(expected);
  expect([...scaling]).toEqual(factors);
});

test('updates are scaled with the scales themselves, and no identity where shapes differ', () => {
  const drawn = new Float64Array(4 * 1 * 3).fill(1);
  const point = new Float64Array(4).fill(1);
  const { weight, scaling } = repOptimized([4, 1, 3], drawn, point, scales, false, 1);
  expect([...scaling]).toEqual(Array(4).fill([2, 5, 2]).flat());
  expect([...weight]).toEqual(Array(4).fill([2, 5, 2]).flat());
});

test('in a depthwise convolution each channel has its identity', () => {
  const drawn = new Float64Array(3 * 1 * 9);
  const { weight } = repOptimized([3, 1, 3, 3], drawn, new Float64Array(3), scales, true, 2);
  expect([...weight]).toEqual(Array(3).fill([0, 0, 0, 0, 5, 0, 0, 0, 0]).flat());
});
