import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { type AttributeValue, GraphBuilder, type Model } from '../../../src/ir/index.js';
import { openSession, runModel } from '../../../src/runtime/index.js';
import { isRight } from '../../../src/runtime/nchwc/block-length.js';
import { blockConvolutions, blockLength } from '../../../src/runtime/nchwc/index.js';
import { elementCount, normal, Tensor } from '../../../src/tensor/index.js';

interface Shape {
  readonly input: readonly number[];
  readonly weight: readonly number[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly bias?: boolean;
}

function numbers(dims: readonly number[], seed: number): Tensor {
  const next = normal(seed);
  return Tensor.floats(dims, Float32Array.from({ length: elementCount(dims) }, next));
}

/** A convolution whose weight is an input, as in a training step. Its result is read twice, and its input once more. */
function convolution({ input, weight, attributes, bias = false }: Shape): Model {
  const b = new GraphBuilder();
  const [x, w] = [b.input('x', input), b.input('w', weight)];
  const operands = bias ? [x, w, b.input('b', weight.slice(0, 1))] : [x, w];
  const y = b.op('Conv', operands, attributes, { name: 'conv' });
  b.output(y);
  b.output(b.op('Relu', [y]));
  b.output(b.op('Neg', [x]));
  return b.model();
}

const feedsOf = ({ input, weight, bias }: Shape): Map<string, Tensor> =>
  new Map([
    ['x', numbers(input, 1)],
    ['w', numbers(weight, 2)],
    ...(bias ? [['b', numbers(weight.slice(0, 1), 3)] as const] : []),
  ]);

const blockedConvs = (model: Model): number =>
  model.graph.nodes.filter(({ domain, opType }) => domain !== '' && opType === 'Conv').length;

/** Largest difference between two models' outputs ÷ the largest output. */
async function difference(a: Model, b: Model, shape: Shape): Promise<number> {
  const feeds = feedsOf(shape);
  const [expected, found] = [await runModel(a, feeds), await runModel(b, feeds)];
  let [worst, largest] = [0, 0];
  for (const [name, tensor] of expected) {
    const other = found.get(name)?.toNumbers() ?? [];
    expect(found.get(name)?.dims).toEqual(tensor.dims);
    for (const [i, x] of tensor.toNumbers().entries()) {
      worst = Math.max(worst, Math.abs(x - (other[i] ?? Number.NaN)));
      largest = Math.max(largest, Math.abs(x));
    }
  }
  return worst / largest;
}

const float32Noise = 2e-5;
let block = 0;

beforeAll(async () => {
  block = (await blockLength()) ?? 0;
});

async function expectEqualInBlocks(shape: Shape): Promise<void> {
  const plain = convolution(shape);
  const blocked = blockConvolutions(plain, block);
  expect(blockedConvs(blocked)).toBe(1);
  expect(await difference(plain, blocked, shape)).toBeLessThan(float32Noise);
}

const between = (min: number, max: number) => fc.integer({ min, max });
const each = (min: number, max: number) => fc.tuple(between(min, max), between(min, max));
const geometries = fc.record({
  batch: between(1, 3),
  lengths: each(5, 9),
  kernel: each(1, 3),
  strides: each(1, 2),
  dilations: each(1, 2),
  pads: fc.tuple(between(0, 2), between(0, 2), between(0, 2), between(0, 2)),
  bias: fc.boolean(),
  group: between(1, 2),
  inputs: between(1, 2),
  outputs: between(1, 3),
});

describe('convolutions in blocks of channels', () => {
  test('the length of a block is one that onnxruntime has', () => {
    expect([0, 4, 8, 16]).toContain(block);
  });

  test('compute the same, whatever the geometry', async (context) => {
    if (block === 0) return context.skip('this processor has no blocked kernels');
    await fc.assert(
      fc.asyncProperty(geometries, async (geometry) => {
        const { batch, lengths, kernel, strides, dilations, pads, group, bias } = geometry;
        const [inputs, outputs] = [geometry.inputs * block, geometry.outputs * block * group];
        await expectEqualInBlocks({
          input: [batch, inputs * group, ...lengths],
          weight: [outputs, inputs, ...kernel],
          attributes: { strides, dilations, pads, group, kernel_shape: kernel },
          bias,
        });
      }),
      { numRuns: 60 },
    );
  });

  test('compute the same channel by channel', async (context) => {
    if (block === 0) return context.skip('this processor has no blocked kernels');
    await fc.assert(
      fc.asyncProperty(geometries, async (geometry) => {
        const { batch, lengths, strides, dilations, pads, bias } = geometry;
        const channels = geometry.outputs * block;
        await expectEqualInBlocks({
          input: [batch, channels, ...lengths],
          weight: [channels, 1, 3, 2],
          attributes: { strides, dilations, pads, group: channels },
          bias,
        });
      }),
      { numRuns: 40 },
    );
  });

  test.for(['SAME_UPPER', 'SAME_LOWER', 'VALID'])(
    'compute the same with auto_pad %s',
    async (auto_pad, context) => {
      if (block === 0) return context.skip('this processor has no blocked kernels');
      await expectEqualInBlocks({
        input: [2, block, 7, 8],
        weight: [block, block, 4, 3],
        attributes: { auto_pad, strides: [2, 1] },
      });
    },
  );

  test('a wrong length of blocks is noticed', async (context) => {
    if (block === 0) return context.skip('this processor has no blocked kernels');
    const shape = {
      input: [1, 4 * block, 5, 5],
      weight: [4 * block, 4 * block, 3, 3],
      attributes: { pads: [1, 1, 1, 1] },
    };
    const plain = convolution(shape);
    const blocked = blockConvolutions(plain, 2 * block);
    expect(await difference(plain, blocked, shape)).toBeGreaterThan(0.1);
    expect(await isRight(2 * block)).toBe(false);
    expect(await isRight(block)).toBe(true);
  });

  test.each([
    ['channels that fill no block', [1, 20, 5, 5], [16, 20, 3, 3], {}],
    ['outputs that fill no block', [1, 16, 5, 5], [20, 16, 3, 3], {}],
    ['groups smaller than a block', [1, 32, 5, 5], [32, 4, 3, 3], { group: 8 }],
    ['a scale of each channel', [1, 32, 5, 5], [32, 1, 1, 1], { group: 32 }],
    ['sequences', [1, 32, 9], [32, 32, 3], {}],
    ['volumes', [1, 32, 5, 5, 5], [32, 32, 3, 3, 3], {}],
  ])('leave %s as they are', (_, input, weight, attributes) => {
    const plain = convolution({ input, weight, attributes });
    expect(blockConvolutions(plain, 16)).toBe(plain);
  });

  test('convolutions of one input order it once, and keep their names', async () => {
    const b = new GraphBuilder();
    const [x, w, v] = [
      b.input('x', [1, 32, 5, 5]),
      b.input('w', [16, 32, 3, 3]),
      b.input('v', [48, 32, 1, 1]),
    ];
    b.output(b.op('Conv', [x, w], { pads: [1, 1, 1, 1] }, { name: 'first' }));
    b.output(b.op('Conv', [x, v], {}, { name: 'second' }));
    const blocked = blockConvolutions(b.model(), 16);
    const readers = blocked.graph.nodes.filter(({ inputs }) => inputs[0]?.name === 'x');
    expect(readers.map(({ opType }) => opType)).toEqual(['ReorderInput']);
    const names = blocked.graph.nodes.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['first', 'second']));
    expect(names.every((name) => /^(first|second)/.test(name))).toBe(true);
    expect(new Set(names).size).toBe(names.length);
    if (block > 0) await (await openSession(blocked)).release();
  });
});
