import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DataType, Tensor } from '../../src/tensor/index.js';

const types: DataType[] = ['float16', 'float32', 'float64', 'int8', 'int64', 'bool'];

describe('part', () => {
  it('holds the elements of its range, of any type', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...types),
        fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 1, maxLength: 40 }),
        fc.nat(40),
        fc.nat(40),
        (dtype, values, from, length) => {
          const start = Math.min(from, values.length);
          const end = Math.min(start + length, values.length);
          const part = Tensor.fromNumbers(dtype, [values.length], values).part(start, end);
          expect([part.dtype, part.dims]).toEqual([dtype, [end - start]]);
          expect([...part.toNumbers()]).toEqual(values.slice(start, end));
        },
      ),
    );
  });

  it('shares the bytes, also where they lie at an odd address', () => {
    const bytes = new Uint8Array(13);
    bytes.set(Tensor.fromNumbers('float32', [3], [1, 2, 3]).bytes, 1);
    const part = new Tensor('float32', [3], bytes.subarray(1)).part(1, 3);
    expect(part.bytes.buffer).toBe(bytes.buffer);
    expect([...part.toFloats()]).toEqual([2, 3]);
  });

  it('reads external data no sooner than it must', () => {
    let reads = 0;
    const { bytes } = Tensor.fromNumbers('float32', [4], [1, 2, 3, 4]);
    const external = new Tensor('float32', [2, 2], () => {
      reads++;
      return bytes;
    });
    const whole = external.part(0, 4);
    expect(reads).toBe(0);
    expect(whole.dims).toEqual([4]);
    expect([...whole.toNumbers()]).toEqual([1, 2, 3, 4]);
  });

  it('cuts strings, and 4-bit integers at whole bytes', () => {
    const words = ['a', 'b', 'c'].map((word) => new TextEncoder().encode(word));
    expect(new Tensor('string', [3], words).part(1, 3).strings).toEqual(words.slice(1));
    const packed = new Tensor('int4', [5], new Uint8Array([0x21, 0x43, 0x05]));
    expect([...packed.part(2, 5).bytes]).toEqual([0x43, 0x05]);
  });
});
