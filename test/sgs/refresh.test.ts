import { afterAll, describe, expect, test } from 'vitest';
import { GraphBuilder } from '../../src/ir/index.js';
import { buildModel } from '../../src/models/index.js';
import { encodeModel } from '../../src/onnx/index.js';
import { corrected } from '../../src/sgs/estimators/corrected.js';
import { paper } from '../../src/sgs/estimators/paper.js';
import { featureMaps, refreshScalings, spatialConvs } from '../../src/sgs/index.js';
import { sameBytes, Tensor } from '../../src/tensor/index.js';
import { buildSgs } from './built.js';
import { correlated, meanOf, noise, windowOf } from './support.js';

const { sgs, rebuild, remove } = await buildSgs();
afterAll(remove);

const batch = (dims: readonly [number, number, number, number], seed: number) =>
  Tensor.floats(dims, correlated(dims, [0.8, 0.5], seed).data);

/** One weight that two convolutions share, and one that looks along the width. */
function smallModel() {
  const b = new GraphBuilder();
  const x = b.input('x', ['N', 2, 6, 7]);
  const shared = b.floats([2, 2, 3, 3], noise([36], 2).data, 'shared');
  const y = b.op('Conv', [x, shared], { pads: [1, 1, 1, 1] });
  const z = b.op('Conv', [b.op('Relu', [y]), shared], { pads: [2, 2, 2, 2], dilations: [2, 2] });
  const wide = b.floats([2, 2, 1, 5], noise([20], 3).data, 'wide');
  b.output(b.op('Conv', [x, wide], { pads: [0, 2, 0, 2] }));
  b.output(z);
  return b.model();
}

const feature = (tensor: Tensor) => ({
  data: tensor.toFloats() as Float32Array,
  dims: tensor.dims,
});
const mean = (all: readonly Float64Array[]) =>
  all[0]!.map((_, i) => meanOf(all.map((values) => values[i] as number)));

describe('means', () => {
  const batches = [batch([16, 2, 6, 7], 1), batch([12, 2, 6, 7], 2)];

  test('over batches', async () => {
    const { values, dims } = (await refreshScalings(smallModel(), batches)).get('wide')!;
    expect(dims).toEqual([1, 5]);
    expect(values).toEqual(
      mean(batches.map((b) => corrected.estimate(feature(b), windowOf([1, 5])))),
    );
  });

  test('over the convolutions that share a weight, each with its own window', async () => {
    const model = smallModel();
    const own: Float64Array[] = [];
    for await (const { convs, tensor } of featureMaps(model, batches[0]!)) {
      for (const conv of convs) {
        if (conv.weight === 'shared') own.push(corrected.estimate(feature(tensor), conv));
      }
    }
    expect(own.length).toBe(2);
    expect((await refreshScalings(model, batches.slice(0, 1))).get('shared')?.values).toEqual(
      mean(own),
    );
  });

  test("as the paper's code: all batches are one sample", async () => {
    const b = new GraphBuilder();
    const weight = b.floats([2, 2, 3, 3], noise([36], 2).data, 'weight');
    b.output(b.op('Conv', [b.input('x', ['N', 2, 6, 7]), weight], { pads: [1, 1, 1, 1] }));
    const options = { estimator: 'paper', k: 3 };
    const { values } = (await refreshScalings(b.model(), batches, options)).get('weight')!;
    const data = new Float32Array(batches.flatMap((b) => [...b.toFloats()]));
    expect(values).toEqual(
      paper.estimate({ data, dims: [28, 2, 6, 7] }, windowOf([3, 3]), { k: 3 }),
    );
  });
});

describe('a whole network', () => {
  const model = buildModel('resnet20', { seed: 1 });
  const images = [batch([4, 3, 32, 32], 1), batch([4, 3, 32, 32], 2)];

  test('every spatial convolution gets a scaling, and the model stays as it is', async () => {
    const before = encodeModel(model);
    const found = await refreshScalings(model, images, { workers: 0 });
    expect([...found.keys()]).toEqual(spatialConvs(model).map(({ weight }) => weight));
    for (const { values, dims } of found.values()) {
      expect(dims).toEqual([3, 3]);
      expect(values.every(Number.isFinite)).toBe(true);
      expect(meanOf(values)).toBeCloseTo(1, 12);
    }
    expect(sameBytes(encodeModel(model), before)).toBe(true);
  });

  test.each([0, 1, 2])('the number of threads changes nothing: %i', async (workers) => {
    const options = { estimator: 'paper', removeZeros: true };
    const inline = await refreshScalings(model, images.slice(0, 1), options);
    expect(
      await sgs.refreshScalings(rebuild(model), images.slice(0, 1), { ...options, workers }),
    ).toEqual(inline);
  });
});

describe('what goes wrong', () => {
  const model = smallModel();
  const broken = batch([8, 2, 6, 7], 1);
  (broken.toFloats() as Float32Array)[50] = Number.NaN;

  test.each([0, 1])(
    'a feature map that is not finite is one error, with %i threads',
    async (workers) => {
      await expect(
        sgs.refreshScalings(rebuild(model), [broken], { workers }),
      ).rejects.toMatchObject({
        name: 'ReparamError',
        code: 'input',
        message: expect.stringMatching(/^the input of Conv.* holds infinite values or NaN/),
        at: 'shared',
        hint: expect.stringMatching(/learning rate/),
      });
    },
  );

  test.each([
    [{ k: 0 }, /k is a number above 0/],
    [{ k: Number.NaN }, /k is a number above 0/],
    [{ workers: -1 }, /workers is a whole number/],
    [{ estimator: 'guess' }, /no estimator 'guess'/],
  ])('%j', async (options, message) => {
    const found = refreshScalings(model, [batch([8, 2, 6, 7], 1)], options);
    await expect(found).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(message),
    });
  });

  test('no batch', async () => {
    await expect(refreshScalings(model, [])).rejects.toThrow(/one batch at least/);
  });

  test('no spatial convolution: nothing', async () => {
    const b = new GraphBuilder();
    b.output(b.op('Relu', [b.input('x', ['N', 2])]));
    expect(await refreshScalings(b.model(), [Tensor.floats([1, 2], new Float32Array(2))])).toEqual(
      new Map(),
    );
  });
});
