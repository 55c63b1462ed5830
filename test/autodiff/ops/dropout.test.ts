import { describe, expect, test } from 'vitest';
import { differentiate, TypedBuilder } from '../../../src/autodiff/index.js';
import { uniform } from '../../../src/autodiff/ops/random/uniform.js';
import { GraphBuilder, type Value } from '../../../src/ir/index.js';
import { runModel } from '../../../src/runtime/index.js';
import { uniform as generator, Tensor } from '../../../src/tensor/index.js';

const single = (dims: readonly number[], values: ArrayLike<number>): Tensor =>
  Tensor.fromNumbers('float32', dims, values);

const dims = [128, 1000];
const count = 128 * 1000;

/** Loss, gradient and result of Dropout of ones, weighted by 1, 2, 3 … */
async function dropped(ratio: number, keys: readonly number[], portable = false) {
  const b = new GraphBuilder();
  const x = b.input('x', dims);
  const training = b.constant(Tensor.fromNumbers('bool', [], [1]));
  const operands = [x, b.floats([], [ratio]), training];
  const [y, kept] = b.ops('Dropout', operands, 2, {}, { name: 'drop' }) as [Value, Value];
  const weights = Float64Array.from({ length: count }, (_, i) => (i % 7) + 1);
  const weighted = b.op('Mul', [y, b.floats(dims, weights)]);
  const loss = b.op('ReduceSum', [weighted], { keepdims: 0 });
  const { builder, gradients, value, noises } = differentiate(b.model(), {
    loss,
    parameters: [x],
    outputs: [y, kept],
    portable,
  });
  const gradient = gradients.get(x) as Value;
  const wanted = [value(y), value(kept), gradient];
  for (const v of wanted) builder.output(v);
  const feeds = new Map([['x', single(dims, new Float64Array(count).fill(1))]]);
  for (const noise of noises) feeds.set(noise.name, single([keys.length], keys));
  const results = await runModel(builder.model(), feeds);
  const [result, mask, slope] = wanted.map((v) => [...(results.get(v.name) as Tensor).toNumbers()]);
  return { noises, weights, result, mask, slope } as {
    noises: readonly Value[];
    weights: Float64Array;
    result: number[];
    mask: number[];
    slope: number[];
  };
}

const keysOf = (seed: number): number[] => {
  const next = generator(seed);
  return Array.from({ length: 6 }, () => Math.fround(next()));
};

describe('Dropout in training', () => {
  test.each([0.1, 0.5, 0.9])(
    'drops a share of %d, scales the rest, and so does the gradient',
    async (ratio) => {
      for (const portable of [false, true]) {
        const { noises, weights, result, mask, slope } = await dropped(ratio, keysOf(3), portable);
        expect(noises.map(({ name, type }) => [name, type?.shape])).toEqual([['drop.noise', [6]]]);
        const zeros = result.filter((value) => value === 0).length;
        expect(Math.abs(zeros / count - ratio)).toBeLessThan(
          4 * Math.sqrt((ratio * (1 - ratio)) / count),
        );
        const scale = Math.fround(1 / (1 - ratio));
        const wrong = result.filter((value, i) => {
          const expected = value === 0 ? 0 : (weights[i] as number) * scale;
          const fits = value === 0 || Math.abs(value - scale) < 1e-5;
          return (
            !fits ||
            mask[i] !== Number(value !== 0) ||
            Math.abs((slope[i] as number) - expected) > 1e-4
          );
        });
        expect(wrong).toEqual([]);
      }
    },
  );

  test('the mask follows from the noise that is fed', async () => {
    const [first, again, other] = await Promise.all([
      dropped(0.5, keysOf(1)),
      dropped(0.5, keysOf(1)),
      dropped(0.5, keysOf(2)),
    ]);
    expect(again.mask).toEqual(first.mask);
    const equal = other.mask.filter((kept, i) => kept === first.mask[i]).length;
    expect(Math.abs(equal / count - 0.5)).toBeLessThan((4 * 0.5) / Math.sqrt(count));
  });
});

describe('uniform numbers made in the graph', () => {
  async function numbers(size: number, keys: readonly number[]): Promise<Float64Array> {
    const b = new TypedBuilder(17, true);
    b.output(uniform(b, [size], 'noise'));
    const feeds = new Map([['noise', single([keys.length], keys)]]);
    const [found] = (await runModel(b.model(), feeds)).values();
    return (found as Tensor).toNumbers();
  }

  /** The same network in whole numbers. */
  function expected(i: number, keys: readonly number[]): number {
    let [left, right] = [Math.floor(i / 2048), i % 2048];
    for (const key of keys) {
      const square = (right + Math.floor(key * 2048)) ** 2;
      [left, right] = [right, (left + (Math.floor(square / 64) % 2048)) % 2048];
    }
    return (left * 2048 + right) / 2 ** 22;
  }

  test('are exact: integer arithmetic gives the same', async () => {
    const keys = keysOf(5);
    const found = await numbers(300_000, keys);
    const wrong = [...found.keys()].filter((i) => found[i] !== expected(i, keys));
    expect(wrong).toEqual([]);
    expect(new Set(found).size).toBe(300_000);
  });

  test.each([1, 2, 3, 4])(
    'are uniform and independent of their neighbours (keys %i)',
    async (seed) => {
      const found = await numbers(2 ** 17, keysOf(seed));
      // Pairs at distances that share a half of the counter, or nearly so: χ² of 256 boxes.
      for (const lag of [1, 2, 1024, 2047, 2048, 4096, 6144]) {
        const boxes = new Float64Array(256);
        const pairs = found.length - lag;
        for (let i = 0; i < pairs; i++) {
          const [a, b] = [found[i] as number, found[i + lag] as number];
          const box = 16 * Math.floor(16 * a) + Math.floor(16 * b);
          boxes[box] = (boxes[box] as number) + 1;
        }
        const mean = pairs / 256;
        const chi = boxes.reduce((sum, n) => sum + (n - mean) ** 2 / mean, 0);
        expect(Math.abs(chi - 255) / Math.sqrt(2 * 255)).toBeLessThan(4.5);
      }
    },
  );

  test('large tensors take noise of their own for each 2²² elements', () => {
    const b = new TypedBuilder(17);
    expect(b.dims(uniform(b, [3, 2 ** 21], 'noise'))).toEqual([3, 2 ** 21]);
    expect(b.noises.map(({ name }) => name)).toEqual(['noise', 'noise_1']);
  });
});

test.each([
  ['by default', undefined, undefined],
  ['by its operand', 0.5, 0],
  ['with ratio 0', 0, 1],
])('Dropout that is switched off %s passes everything', async (_, ratio, training) => {
  const b = new GraphBuilder();
  const x = b.input('x', [2, 3]);
  const operands = [
    x,
    ratio === undefined ? null : b.floats([], [ratio]),
    training === undefined ? null : b.constant(Tensor.fromNumbers('bool', [], [training])),
  ];
  const [y, mask] = b.ops('Dropout', operands, 2) as [Value, Value];
  const loss = b.op('ReduceSum', [b.op('Mul', [y, y])], { keepdims: 0 });
  const { builder, gradients, value, noises } = differentiate(b.model(), {
    loss,
    parameters: [x],
    outputs: [mask],
  });
  expect(noises).toEqual([]);
  const wanted = [gradients.get(x) as Value, value(mask)];
  for (const v of wanted) builder.output(v);
  const feeds = new Map([['x', single([2, 3], [1, 2, 3, 4, 5, 6])]]);
  const results = await runModel(builder.model(), feeds);
  const [slope, kept] = wanted.map((v) => [...(results.get(v.name) as Tensor).toNumbers()]);
  expect(slope).toEqual([2, 4, 6, 8, 10, 12]);
  expect(kept).toEqual([1, 1, 1, 1, 1, 1]);
});
