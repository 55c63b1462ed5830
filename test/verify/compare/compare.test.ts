import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Tensor } from '../../../src/tensor/index.js';
import { compareTensors, maxMagnitude } from '../../../src/verify/compare/compare.js';

const floats = (values: number[], dims = [values.length]) =>
  Tensor.fromNumbers('float32', dims, values);
const exact = { absolute: 0, relative: 0 };

describe('floating-point tensors', () => {
  it('measures the largest, the relative and the mean error, and where the largest is', () => {
    const result = compareTensors(
      floats([1, -8, 2, 4], [2, 2]),
      floats([1, -8, 2.5, 4.25], [2, 2]),
      { absolute: 0.3, relative: 0 },
    );
    expect(result).toEqual({
      elements: 4,
      maxAbsolute: 0.5,
      maxRelative: 0.5 / 8,
      meanAbsolute: 0.75 / 4,
      magnitude: 8,
      toleranceUsed: 0.5 / 0.3,
      mismatches: 1,
      nonFinite: 0,
      worst: { index: [1, 0], expected: '2', actual: '2.5' },
      expectedNorm: Math.sqrt(85),
      errorNorm: Math.sqrt(0.3125),
      cosine: expect.any(Number),
      sqnr: expect.closeTo(10 * Math.log10(85 / 0.3125), 10),
      histogram: [
        { exponent: -2, count: 1 },
        { exponent: -1, count: 1 },
      ],
    });
    expect(result.cosine).toBeCloseTo(87 / Math.sqrt(85 * (1 + 64 + 6.25 + 18.0625)), 12);
  });

  it('counts units in the last place of the expected element', () => {
    const ulps = (n: number) => ({ absolute: 0, relative: 0, ulps: n });
    // Between 2 and 4, float32 numbers are 2^-22 apart.
    const [expected, actual] = [floats([3]), floats([3 + 3 * 2 ** -22])];
    expect(compareTensors(expected, actual, ulps(3)).mismatches).toBe(0);
    expect(compareTensors(expected, actual, ulps(2)).mismatches).toBe(1);
  });

  it('adds the absolute and the relative tolerance', () => {
    const tolerance = { absolute: 0.5, relative: 0.25 };
    expect(compareTensors(floats([4]), floats([5.5]), tolerance).mismatches).toBe(0);
    expect(compareTensors(floats([4]), floats([5.625]), tolerance).mismatches).toBe(1);
  });

  it('takes the same NaN and infinity for equal, and counts them', () => {
    const tensor = floats([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1]);
    expect(compareTensors(tensor, tensor, exact)).toMatchObject({
      mismatches: 0,
      nonFinite: 3,
      magnitude: 1,
      worst: null,
    });
  });

  it.each([
    ['NaN against a number', Number.NaN, 1],
    ['a number against NaN', 1, Number.NaN],
    ['infinities of both signs', Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
    ['NaN against infinity', Number.NaN, Number.POSITIVE_INFINITY],
  ])('finds %s, whatever the tolerance', (_, expected, actual) => {
    const result = compareTensors(floats([0, expected]), floats([1, actual]), {
      absolute: 10,
      relative: 10,
    });
    expect(result.mismatches).toBe(1);
    expect(result.worst).toEqual({
      index: [1],
      expected: String(expected),
      actual: String(actual),
    });
  });

  it('survives JSON with an exact tolerance and a zero reference', () => {
    const result = compareTensors(floats([0]), floats([1e-30]), exact);
    expect(result.mismatches).toBe(1);
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
  });

  it('compares types that differ, and bytes at any address', () => {
    const half = Tensor.fromNumbers('float16', [2], [0.5, 3]);
    expect(compareTensors(floats([0.5, 3]), half, exact).mismatches).toBe(0);
    const shifted = new Uint8Array(9);
    shifted.set(floats([0.5, 3]).bytes, 1);
    const unaligned = new Tensor('float32', [2], shifted.subarray(1));
    expect(compareTensors(unaligned, half, exact).mismatches).toBe(0);
    expect(maxMagnitude(unaligned)).toBe(3);
  });

  it('agrees with a plain definition', () => {
    const value = fc.float({ noNaN: true, noDefaultInfinity: true, min: -100, max: 100 });
    fc.assert(
      fc.property(fc.array(fc.tuple(value, value), { minLength: 1 }), (pairs) => {
        const [a, b] = [pairs.map(([x]) => x), pairs.map(([, y]) => y)];
        const result = compareTensors(floats(a), floats(b), { absolute: 1, relative: 0 });
        const errors = pairs.map(([x, y]) => Math.abs(y - x));
        expect(result.maxAbsolute).toBe(Math.max(...errors));
        expect(result.mismatches).toBe(errors.filter((error) => error > 1).length);
        expect(result.magnitude).toBe(Math.max(...a.map(Math.abs)));
      }),
    );
  });
});

describe('other types', () => {
  it('compares integers, booleans and strings exactly', () => {
    const ints = (values: number[]) => Tensor.fromNumbers('int32', [values.length], values);
    expect(compareTensors(ints([1, 2, 3]), ints([1, 2, 3]), exact).mismatches).toBe(0);
    expect(compareTensors(ints([1, 2, 3]), ints([1, 5, 4]), exact)).toMatchObject({
      mismatches: 2,
      maxAbsolute: 3,
      toleranceUsed: null,
      worst: { index: [1], expected: '2', actual: '5' },
    });
    const bools = (values: number[]) => Tensor.fromNumbers('bool', [values.length], values);
    expect(compareTensors(bools([1, 0]), bools([1, 1]), exact).mismatches).toBe(1);
    const text = (...words: string[]) =>
      new Tensor(
        'string',
        [words.length],
        words.map((word) => new TextEncoder().encode(word)),
      );
    expect(compareTensors(text('a', 'b'), text('a', 'c'), exact)).toMatchObject({
      mismatches: 1,
      worst: { expected: 'b', actual: 'c' },
    });
  });

  it('sees a difference in the last bit of a large int64', () => {
    const tensor = (value: bigint) =>
      new Tensor('int64', [1], new Uint8Array(new BigInt64Array([value]).buffer));
    const result = compareTensors(tensor(2n ** 60n), tensor(2n ** 60n + 1n), exact);
    expect(result.mismatches).toBe(1);
    expect(result.worst?.actual).toBe(String(2n ** 60n + 1n));
  });

  it('compares packed 4-bit integers', () => {
    const packed = (byte: number) => new Tensor('int4', [2], new Uint8Array([byte]));
    expect(compareTensors(packed(0x21), packed(0x21), exact).mismatches).toBe(0);
    expect(compareTensors(packed(0x21), packed(0x31), exact).mismatches).toBe(1);
  });
});
