import { describe, expect, it } from 'vitest';
import {
  type DataType,
  float16ToNumber,
  numberToBfloat16,
  numberToFloat16,
  Tensor,
} from '../../src/tensor/index.js';

const allBits = Uint16Array.from({ length: 2 ** 16 }, (_, i) => i);
const all = (dtype: DataType) => new Tensor(dtype, [2 ** 16], new Uint8Array(allBits.buffer));

describe('16-bit floats', () => {
  it.each([
    ['float16', numberToFloat16],
    ['bfloat16', numberToBfloat16],
  ] as const)(
    'are read all at once as one by one, and written as they were: %s',
    (dtype, write) => {
      const floats = all(dtype).toFloats();
      expect([...floats]).toEqual([...all(dtype).toNumbers()]);
      for (const [bits, value] of floats.entries()) {
        if (!Number.isNaN(value)) expect(write(value)).toBe(bits);
      }
    },
  );

  it('hold what the standard says', () => {
    const bits = [0x3c00, 0xc000, 0x7bff, 0x0001, 0x0400, 0x3555, 0xfc00];
    const values = [1, -2, 65504, 2 ** -24, 2 ** -14, 0.333251953125, Number.NEGATIVE_INFINITY];
    expect(bits.map(float16ToNumber)).toEqual(values);
  });

  it('are read at odd addresses too', () => {
    const bytes = new Uint8Array(5);
    bytes.set([0x00, 0x3c, 0x00, 0xc0], 1);
    expect([...new Tensor('float16', [2], bytes.subarray(1)).toFloats()]).toEqual([1, -2]);
  });
});
