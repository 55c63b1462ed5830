import { describe, expect, it } from 'vitest';
import { GraphBuilder, type Model, type Value } from '../../src/ir/index.js';
import { encodeModel } from '../../src/onnx/index.js';
import { Tensor } from '../../src/tensor/index.js';
import {
  type ComparedReport,
  compareModels,
  toleranceUsed,
  type VerifyReport,
  worstRuns,
} from '../../src/verify/index.js';
import { branched, channels, merged, mergeLayer, network, randomLayer } from './blocks.js';

const layers = [1, 2, 3].map(randomLayer);
const layerAt = (i: number) => layers[i] as (typeof layers)[number];
const original = () => network(3, (b, x, i) => branched(b, x, layerAt(i)));
const shapes = new Map([['x', [2, channels, 12, 12]]]);

/** The merged network, its convolution `at` built by `change` instead. */
function mergedNetwork(change?: (b: GraphBuilder, x: Value) => Value, at = 1): Model {
  return network(3, (b, x, i) =>
    change && i === at ? change(b, x) : merged(b, x, mergeLayer(layerAt(i))),
  );
}

async function compare(a: Model, b: Model): Promise<ComparedReport> {
  const report = await compareModels(a, b, { shapes });
  if ('reason' in report) throw new Error(`not compared: ${report.reason}`);
  return report;
}

const used = (report: ComparedReport) =>
  Math.max(...[...worstRuns(report).values()].map(({ output }) => toleranceUsed(output)));

describe('models of the same function', () => {
  it('are equal, within a bound that means something', async () => {
    const report = await compare(original(), mergedNetwork());
    expect(report.status).toBe('equal');
    expect(used(report)).toBeLessThan(0.5);
    expect(used(report)).toBeGreaterThan(0.01);
    expect(report.notes).toEqual([]);
    expect(report.inputs).toEqual([{ name: 'x', dtype: 'float32', dims: [2, channels, 12, 12] }]);
    expect(report.runs.map(({ kind }) => kind)).toEqual([
      'normal',
      'uniform',
      'constant',
      'impulses',
      'borders',
      'large',
      'denormal',
    ]);
  });

  it('state how the bound was derived', async () => {
    const report = await compare(original(), mergedNetwork());
    const output = report.runs[0]?.outputs[0];
    const bound = output?.bound;
    expect(bound?.unitRoundoff).toBe(2 ** -24);
    // Per layer: 3x3 and 1x1 of 8 channels, Add, Relu; then the merged 3x3 and Relu.
    expect(bound?.roundings).toBe(3 * (72 + 8 + 1 + 1) + 3 * (72 + 1));
    expect(bound?.amplification).toBeGreaterThanOrEqual(1);
    expect(output?.tolerance).toEqual({ absolute: bound?.absolute, relative: 0 });
  });

  it('give the same report for the same seed, another for another', async () => {
    const [a, b] = [original(), mergedNetwork()];
    const first = await compareModels(a, b, { shapes, seed: 5 });
    expect(await compareModels(a, b, { shapes, seed: 5 })).toEqual(first);
    expect(await compareModels(a, b, { shapes, seed: 6 })).not.toEqual(first);
    expect(JSON.parse(JSON.stringify(first))).toEqual(first);
  });

  it('may come as bytes, and run several times with progress', async () => {
    const steps: string[] = [];
    const report = await compareModels(encodeModel(original()), encodeModel(mergedNetwork()), {
      shapes,
      kinds: ['normal', 'constant'],
      runs: 2,
      onProgress: (done, total) => steps.push(`${done}/${total}`),
    });
    expect(report).toMatchObject({
      status: 'equal',
      runs: [
        { kind: 'normal', seed: 0 },
        { kind: 'constant', seed: 0 },
        { kind: 'normal', seed: 1 },
        { kind: 'constant', seed: 1 },
      ],
    });
    expect(steps).toEqual(['1/8', '2/8', '3/8', '4/8', '5/8', '6/8', '7/8', '8/8']);
  });

  it('may name their inputs differently', async () => {
    const other = network(3, (b, x, i) => merged(b, x, mergeLayer(layerAt(i))), { input: 'image' });
    const report = await compare(original(), other);
    expect(report.status).toBe('equal');
    expect(report.notes).toEqual(["inputs are matched by position: 'x' to 'image'"]);
  });
});

describe('16-bit models', () => {
  const half = (model: (b: GraphBuilder, x: Value, i: number) => Value) =>
    network(3, model, { dtype: 'float16' });
  const a = half((b, x, i) => branched(b, x, layerAt(i)));
  const mergedHalf = (scale: number) =>
    half((b, x, i) => {
      const { weight, bias } = mergeLayer(layerAt(i));
      return merged(b, x, { weight: weight.map((w) => w * scale), bias });
    });

  it('are judged by their own roundoff', async () => {
    const report = await compare(a, mergedHalf(1));
    expect(report.status).toBe('equal');
    expect(report.runs[0]?.outputs[0]?.bound?.unitRoundoff).toBe(2 ** -11);
    expect(used(report)).toBeGreaterThan(0.001);
  });

  it('still differ where they do', async () => {
    expect((await compare(a, mergedHalf(1.2))).status).toBe('different');
  });
});

describe('models of different functions are told apart', () => {
  const second = mergeLayer(layerAt(1));

  it.each([
    [
      'one weight off by a thousandth',
      (b: GraphBuilder, x: Value) => {
        const weight = second.weight.slice();
        weight[100] = (weight[100] ?? 0) * 1.001;
        return merged(b, x, { ...second, weight });
      },
    ],
    [
      'two swapped output channels',
      (b: GraphBuilder, x: Value) => {
        const conv = merged(b, x, second);
        return b.op('Gather', [conv, b.int64s([1, 0, 2, 3, 4, 5, 6, 7])], { axis: 1 });
      },
    ],
    [
      'a bias before the padding instead of after it',
      (b: GraphBuilder, x: Value) => {
        const shifted = b.op('Add', [
          x,
          b.floats([1, channels, 1, 1], new Float64Array(channels).fill(1e-3)),
        ]);
        const sums = new Float64Array(channels);
        second.weight.forEach((w, i) => {
          const o = Math.floor(i / (9 * channels));
          sums[o] = (sums[o] ?? 0) + w;
        });
        return merged(b, shifted, {
          ...second,
          bias: second.bias.map((v, o) => v - 1e-3 * (sums[o] ?? 0)),
        });
      },
    ],
    [
      'a step through float16',
      (b: GraphBuilder, x: Value) =>
        merged(b, b.op('Cast', [b.op('Cast', [x], { to: 10 })], { to: 1 }), second),
    ],
    [
      'a batch normalization with an epsilon of 1e-3 that is not there',
      (b: GraphBuilder, x: Value) => {
        const ones = b.floats([channels], new Float64Array(channels).fill(1));
        const zeros = b.floats([channels], new Float64Array(channels));
        const parameters = [ones, zeros, zeros, ones];
        return b.op('BatchNormalization', [merged(b, x, second), ...parameters], { epsilon: 1e-3 });
      },
    ],
  ])('%s', async (_, change) => {
    const report = await compare(original(), mergedNetwork(change));
    expect(report.status).toBe('different');
    expect(used(report)).toBeGreaterThan(1);
  });

  it('another type of output', async () => {
    const build = (integer: boolean) => {
      const b = new GraphBuilder();
      const x = b.input('x', [4]);
      b.output(b.op('Cast', [x], { to: integer ? 7 : 6 }));
      return b.model();
    };
    const report = await compareModels(build(true), build(false));
    expect(report).toMatchObject({
      status: 'different',
      runs: expect.arrayContaining([
        expect.objectContaining({
          outputs: [
            expect.objectContaining({
              obstacle: 'the type is int64 in one model and int32 in the other',
            }),
          ],
        }),
      ]),
    });
  });

  it('another shape of output', async () => {
    const build = (axis: number) => {
      const b = new GraphBuilder();
      b.output(
        b.op('Transpose', [b.input('x', [4, 5, 5])], { perm: axis === 0 ? [0, 1, 2] : [1, 0, 2] }),
      );
      return b.model();
    };
    const report = await compareModels(build(0), build(1));
    expect(report.status).toBe('different');
  });

  it('NaN on one side only', async () => {
    const build = (domain: number) => {
      const b = new GraphBuilder();
      b.output(b.op('Sqrt', [b.op('Max', [b.input('x', [50]), b.floats([], [domain])])]));
      return b.model();
    };
    expect((await compareModels(build(-10), build(-10))).status).toBe('equal');
    expect((await compareModels(build(-10), build(0))).status).toBe('different');
  });

  it('an index that differs once', async () => {
    const build = (bias: number) => {
      const b = new GraphBuilder();
      const shifts = b.floats([1, 10], Float64Array.of(bias, ...new Float64Array(9)));
      b.output(b.op('ArgMax', [b.op('Add', [b.input('x', [20, 10]), shifts])], { axis: 1 }));
      return b.model();
    };
    expect((await compareModels(build(0), build(0))).status).toBe('equal');
    expect((await compareModels(build(0), build(0.3))).status).toBe('different');
  });
});

describe('a given tolerance', () => {
  const noisy = () => {
    const { weight, bias } = mergeLayer(layerAt(1));
    return mergedNetwork((b, x) => merged(b, x, { weight, bias: bias.map((v) => v + 1e-3) }));
  };

  it('takes the place of the derived one', async () => {
    const loose = { absolute: 0.1, relative: 0 };
    const report = await compareModels(original(), noisy(), { shapes, tolerance: loose });
    expect(report).toMatchObject({
      status: 'equal',
      runs: expect.arrayContaining([
        expect.objectContaining({
          outputs: [expect.objectContaining({ bound: null, tolerance: loose })],
        }),
      ]),
    });
    const tight = { relative: 1e-9 };
    const strict = await compareModels(original(), noisy(), { shapes, tolerance: tight });
    expect(strict.status).toBe('different');
  });
});

describe('shapes', () => {
  /** Flattens [N, 2, H, W] into a matrix product that only fits images of 64 by 64. */
  function fixedSize(): Model {
    const b = new GraphBuilder();
    const x = b.input('x', ['N', 2, 'H', 'W']);
    const flat = b.op('Flatten', [x]);
    b.output(
      b.op('MatMul', [
        flat,
        b.floats([2 * 64 * 64, 3], new Float64Array(2 * 64 * 64 * 3).fill(0.01)),
      ]),
    );
    return b.model();
  }

  it('are found by trying', async () => {
    const report = await compareModels(fixedSize(), fixedSize(), { kinds: ['normal'] });
    expect(report).toMatchObject({ status: 'equal', inputs: [{ dims: [2, 2, 64, 64] }] });
  });

  it('are those that either model decides', async () => {
    const build = (shape: (number | string)[]) => {
      const b = new GraphBuilder();
      b.output(b.op('Relu', [b.input('x', shape)]));
      return b.model();
    };
    const report = await compareModels(build(['N', 3, 'H', 'W']), build([1, 3, 20, 30]));
    expect(report).toMatchObject({ status: 'equal', inputs: [{ dims: [1, 3, 20, 30] }] });
  });

  it.each([
    ['an unknown input', 'image', [1, 8, 4, 4], "that the model does not have (it has 'x')"],
    ['another rank', 'x', [1, 8, 4], 'but it has 4 axes'],
    ['another length', 'x', [1, 3, 4, 4], 'but its axis 1 is always 8'],
  ])('that name %s are wrong usage', async (_, name, dims, message) => {
    const comparison = compareModels(original(), mergedNetwork(), {
      shapes: new Map([[name, dims]]),
    });
    await expect(comparison).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining(message),
    });
  });
});

describe('what cannot be compared', () => {
  it('is said of models with other outputs', async () => {
    const b = new GraphBuilder();
    const x = b.input('x', ['N', channels, 'H', 'W']);
    b.output(b.op('Relu', [x]));
    b.output(b.op('Neg', [x]));
    expect(await compareModels(original(), b.model())).toMatchObject({
      status: 'incomparable',
      reason: expect.stringContaining('different outputs'),
    });
  });

  it('is said of a model that onnxruntime cannot run', async () => {
    const unknown = network(1, (b, x) => b.op('Mystery', [x], {}, { domain: 'example.org' }));
    unknown.opsets.set('example.org', 1);
    const report: VerifyReport = await compareModels(unknown, original());
    expect(report).toMatchObject({ status: 'unrunnable', model: 'a' });
    expect(await compareModels(original(), unknown, { shapes })).toMatchObject({
      status: 'unrunnable',
      model: 'b',
      reason: expect.stringContaining('Mystery'),
    });
  });

  it('is noted of outputs that show nothing', async () => {
    const b = new GraphBuilder();
    const x = b.input('x', [4]);
    b.output(b.op('Mul', [x, b.constant(Tensor.scalar('float32', 0))]));
    b.output(b.op('Add', [x, b.constant(Tensor.scalar('float32', Number.NaN))]));
    const model = b.model();
    const report = await compareModels(model, model);
    expect(report).toMatchObject({
      status: 'equal',
      notes: [
        expect.stringContaining('is always zero'),
        expect.stringContaining('is never finite'),
      ],
    });
  });
});
