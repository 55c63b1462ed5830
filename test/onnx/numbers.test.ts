import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  float32FromBits,
  float32ToBits,
  type Int64,
  int64ToNumber,
  numberToInt64,
} from '../../src/onnx/numbers.js';

const toBigInt = ({ low, high }: Int64): bigint =>
  BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low >>> 0));

describe('int64', () => {
  it('agrees with BigInt', () => {
    const property = fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
      const halves = {
        low: Number(BigInt.asIntN(32, value)),
        high: Number(BigInt.asIntN(32, value >> 32n)),
        unsigned: false,
      };
      expect(int64ToNumber(halves)).toBe(Number(value));
    });
    fc.assert(property);
  });

  it('goes there and back for safe integers', () => {
    const property = fc.property(fc.maxSafeInteger(), (value) => {
      expect(toBigInt(numberToInt64(value))).toBe(BigInt(value));
      expect(int64ToNumber(numberToInt64(value))).toBe(value || 0);
    });
    fc.assert(property);
  });

  it('saturates', () => {
    expect(toBigInt(numberToInt64(2 ** 63))).toBe(2n ** 63n - 1n);
    expect(toBigInt(numberToInt64(Number.POSITIVE_INFINITY))).toBe(2n ** 63n - 1n);
    expect(toBigInt(numberToInt64(-(2 ** 63)))).toBe(-(2n ** 63n));
    expect(toBigInt(numberToInt64(-1e300))).toBe(-(2n ** 63n));
    expect(toBigInt(numberToInt64(Number.NaN))).toBe(0n);
    expect(toBigInt(numberToInt64(-1.5))).toBe(-1n);
  });
});

describe('float32', () => {
  it('agrees with DataView', () => {
    const property = fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (bits) => {
      const view = new DataView(new ArrayBuffer(4));
      view.setUint32(0, bits);
      expect(float32FromBits(bits)).toBe(view.getFloat32(0));
      if (!Number.isNaN(view.getFloat32(0))) expect(float32ToBits(view.getFloat32(0))).toBe(bits);
    });
    fc.assert(property);
  });
});
