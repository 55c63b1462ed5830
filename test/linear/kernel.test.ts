import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { composeKernels } from '../../src/linear/compose-kernels.js';
import {
  addInto,
  finestGroup,
  type Kernel,
  kernelReach,
  selectRows,
  tapIndices,
  taps,
  zeroKernel,
} from '../../src/linear/index.js';
import { plainProduct } from '../../src/merge/product.js';

const kernelOf = (
  outputs: number,
  inputs: number,
  group: number,
  size: readonly number[],
  data: readonly number[],
): Kernel => ({ outputs, inputs, group, size, data: Float64Array.from(data) });

/** Weight of output `o`, input `i`, tap `t`, zero outside the group. */
function weight(kernel: Kernel, o: number, i: number, t: number): number {
  const inputs = kernel.inputs / kernel.group;
  const local = i - Math.floor((o * kernel.group) / kernel.outputs) * inputs;
  if (local < 0 || local >= inputs) return 0;
  return kernel.data[(o * inputs + local) * taps(kernel) + t] as number;
}

/** All weights `[outputs, inputs, taps]`, those outside the groups as zeros. */
const dense = (kernel: Kernel): number[] =>
  Array.from({ length: kernel.outputs }, (_, o) =>
    Array.from({ length: kernel.inputs }, (_, i) =>
      Array.from({ length: taps(kernel) }, (_, t) => weight(kernel, o, i, t)),
    ),
  ).flat(2);

const divisors = (n: number): number[] =>
  Array.from({ length: n }, (_, i) => i + 1).filter((d) => n % d === 0);

const anyKernel = (outputs: number, inputs: number, size: readonly number[]) =>
  fc.constantFrom(...divisors(inputs).filter((g) => outputs % g === 0)).chain((group) => {
    const length = (outputs * inputs * size.reduce((a, b) => a * b, 1)) / group;
    const numbers = fc.array(fc.integer({ min: -3, max: 3 }), {
      minLength: length,
      maxLength: length,
    });
    return numbers.map((data) => kernelOf(outputs, inputs, group, size, data));
  });

const product = async (a: Float64Array, b: Float64Array, m: number, k: number, n: number) =>
  plainProduct(a, b, m, k, n);

describe('tapIndices', () => {
  it('places a 2×2 on a grid of 3×5', () => {
    expect([...tapIndices([2, 2], [3, 5], [1, 0], [1, 2])]).toEqual([5, 7, 10, 12]);
  });

  it('places the one tap of a kernel without spatial axes', () => {
    expect([...tapIndices([], [], [], [])]).toEqual([0]);
  });
});

describe('addInto', () => {
  it('adds a scaled depthwise kernel to the diagonal of a dense one', () => {
    const target = zeroKernel(2, 2, 1, [3]);
    addInto(target, kernelOf(2, 2, 2, [1], [5, 7]), Int32Array.of(1), -2);
    expect([...target.data]).toEqual([0, -10, 0, 0, 0, 0, 0, 0, 0, 0, -14, 0]);
  });

  it('puts stacked rows where they belong', () => {
    const target = zeroKernel(3, 2, 1, [1]);
    addInto(target, kernelOf(1, 2, 1, [1], [3, 4]), Int32Array.of(0), 1, 2);
    expect(dense(target)).toEqual([0, 0, 0, 0, 3, 4]);
  });

  it('refuses weights that the target has no place for', () => {
    const target = zeroKernel(2, 2, 2, [1]);
    const add = (data: number[]) =>
      addInto(target, kernelOf(2, 2, 1, [1], data), Int32Array.of(0), 1);
    expect(() => add([1, 2, 0, 3])).toThrow('outside its planned group');
    add([1, 0, 0, 3]);
    expect(dense(target)).toEqual([2, 0, 0, 3]);
  });
});

describe('selectRows', () => {
  it('takes rows in any order, twice if asked', () => {
    const kernel = kernelOf(2, 4, 2, [1], [1, 2, 3, 4]);
    expect(dense(selectRows(kernel, [1, 0, 1], 1))).toEqual([0, 0, 3, 4, 1, 2, 0, 0, 0, 0, 3, 4]);
    expect(selectRows(kernel, [0, 1], 2).data).toEqual(kernel.data);
  });

  it('refuses groups that do not hold the rows', () => {
    const kernel = kernelOf(2, 4, 2, [1], [1, 2, 3, 4]);
    expect(() => selectRows(kernel, [1, 0], 2)).toThrow('outside its planned group');
  });
});

describe('composeKernels', () => {
  it('multiplies matrices', async () => {
    const target = zeroKernel(1, 2, 1, []);
    const outer = kernelOf(1, 3, 1, [], [1, 2, 3]);
    const inner = kernelOf(3, 2, 1, [], [1, 0, 0, 1, 1, 1]);
    await composeKernels(outer, inner, target, Int32Array.of(0), product);
    expect([...target.data]).toEqual([4, 5]);
  });

  it('convolves taps', async () => {
    const target = zeroKernel(1, 1, 1, [4]);
    const outer = kernelOf(1, 1, 1, [2], [1, 10]);
    const inner = kernelOf(1, 1, 1, [3], [1, 2, 3]);
    await composeKernels(outer, inner, target, Int32Array.of(0, 1, 2, 1, 2, 3), product);
    expect([...target.data]).toEqual([1, 12, 23, 30]);
  });
});

describe('kernelReach', () => {
  it('finds groups that the weights alone show', () => {
    const kernel = kernelOf(2, 4, 1, [1], [1, 2, 0, 0, 0, 0, 0, 4]);
    expect(finestGroup(kernelReach(kernel), 4)).toBe(2);
  });

  it('is the first to the last weight that is not zero', () => {
    fc.assert(
      fc.property(anyKernel(4, 6, [2]), (kernel) => {
        const reach = kernelReach(kernel);
        for (let o = 0; o < 4; o++) {
          const read = [0, 1, 2, 3, 4, 5].filter(
            (i) => weight(kernel, o, i, 0) !== 0 || weight(kernel, o, i, 1) !== 0,
          );
          const expected = read.length === 0 ? [0, 0] : [read[0], read.at(-1)! + 1];
          expect([reach.low[o], reach.high[o]]).toEqual(expected);
        }
      }),
    );
  });
});
