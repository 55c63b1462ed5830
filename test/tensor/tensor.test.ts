import { expect, test } from 'vitest';
import { Tensor } from '../../src/tensor/index.js';

// "To the end" is written as INT64_MAX, which is 2^63 as a number.
test('the largest 64-bit integers stay the largest', () => {
  const read = (tensor: Tensor): DataView => new DataView(tensor.bytes.slice().buffer);
  const signed = read(Tensor.int64s([2 ** 63, -(2 ** 63), 5]));
  expect([0, 8, 16].map((at) => signed.getBigInt64(at, true))).toEqual([
    2n ** 63n - 1n,
    -(2n ** 63n),
    5n,
  ]);
  const unsigned = read(Tensor.fromNumbers('uint64', [1], [2 ** 64]));
  expect(unsigned.getBigUint64(0, true)).toBe(2n ** 64n - 1n);
});
