import { expect, it } from 'vitest';
import { decodeRaw } from '../../src/data/index.js';
import { Tensor } from '../../src/tensor/index.js';
import { problemOf } from './problems.js';

const bytes = Tensor.fromNumbers('float32', [6], [0, 1, 2, 3, 4, 5]).bytes;

it('takes the bytes as they are', () => {
  const tensor = decodeRaw(bytes, 'float32', [2, 3], 'x.bin');
  expect(tensor.dims).toEqual([2, 3]);
  expect([...tensor.toNumbers()]).toEqual([0, 1, 2, 3, 4, 5]);
});

it('derives the one open length', () => {
  expect(decodeRaw(bytes, 'float32', [null, 3], 'x.bin').dims).toEqual([2, 3]);
  expect(decodeRaw(bytes, 'uint8', [2, null, 2], 'x.bin').dims).toEqual([2, 6, 2]);
});

it.each([
  [[2, 2], 'x.bin has 24 bytes, but float32[2, 2] takes 16 bytes'],
  [[null, 4], 'x.bin has 24 bytes, but float32[?, 4] takes a multiple of 16 bytes'],
  [[null, 0], 'x.bin has 24 bytes, but float32[?, 0] takes a multiple of 0 bytes'],
  [[null, null], 'the 24 bytes of x.bin do not tell the open lengths of float32[?, ?]'],
])('%j', async (dims, message) => {
  expect(await problemOf(() => decodeRaw(bytes, 'float32', dims, 'x.bin'))).toBe(message);
});

it('an empty file is no batch', async () => {
  const read = () => decodeRaw(new Uint8Array(), 'float32', [null, 4], 'x.bin');
  expect(await problemOf(read)).toContain('x.bin has 0 bytes');
});
