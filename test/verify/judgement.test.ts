import { describe, expect, it } from 'vitest';
import { float, GraphBuilder, type Model, type Value } from '../../src/ir/index.js';
import { type DataType, Tensor } from '../../src/tensor/index.js';
import {
  type ComparedReport,
  compareModels,
  type VerifyOptions,
  verifyModels,
} from '../../src/verify/index.js';
import { branched, channels, merged, mergeLayer, network, randomLayer } from './blocks.js';
import { castTo, insertAfter } from './inside/edits.js';

const shapes = new Map([['x', [2, channels, 12, 12]]]);

async function verify(a: Model, b: Model, options: VerifyOptions = {}): Promise<ComparedReport> {
  const report = await verifyModels(a, b, { shapes, ...options });
  if ('reason' in report) throw new Error(report.reason);
  return report;
}

const bounds = ({ runs }: ComparedReport) => runs.flatMap(({ outputs }) => outputs[0]?.bound ?? []);

describe('16-bit models', () => {
  const branches = (dtype: DataType) =>
    network(3, (b, x, i) => branched(b, x, randomLayer(i)), { dtype });
  /** The merged network, the second layer's weights of another size. */
  const scaled = (dtype: DataType, scale: number) =>
    network(
      3,
      (b, x, i) => {
        const { weight, bias } = mergeLayer(randomLayer(i));
        return merged(b, x, { weight: weight.map((w) => (i === 1 ? scale * w : w)), bias });
      },
      { dtype },
    );

  it('of the same function are equal, inside too', async () => {
    expect(await verify(branches('float16'), scaled('float16', 1))).toMatchObject({
      status: 'equal',
      inside: { divergences: [] },
    });
  });

  it.each([1.02, 0.98])('of weights times %d are not', async (scale) => {
    const report = await verify(branches('float16'), scaled('float16', scale));
    expect(report.status).toBe('different');
    expect(report.inside?.divergences.map(({ nodeB }) => nodeB)).toEqual(["Conv 'conv_output_1'"]);
  });

  it('behind casts are no copies of 32-bit ones, unless they may be', async () => {
    const single = network(3, (b, x, i) => branched(b, x, randomLayer(i)));
    const behindCasts = (scale: number) => {
      const model = scaled('float16', scale);
      const { graph } = model;
      const [x, y] = [graph.inputs[0] as Value, graph.outputs[0] as Value];
      insertAfter(model, x, 'Cast', castTo('float16'));
      x.type = { dtype: 'float32', shape: x.type?.shape ?? null };
      const back = insertAfter(model, y, 'Cast', castTo('float32'));
      graph.outputs.length = 0;
      y.outputOf.clear();
      graph.addOutput(back);
      return model;
    };
    const strict = await verify(single, behindCasts(1), { inside: 'always' });
    expect(strict.status).toBe('different');
    expect(strict.inside?.divergences[0]?.causes).toEqual([
      expect.stringContaining('computes in float16'),
    ]);
    const precision = { precision: 'float16' } as const;
    expect(await verify(single, behindCasts(1), precision)).toMatchObject({
      status: 'equal',
      inside: { divergences: [] },
    });
    expect((await verify(single, behindCasts(1.2), precision)).status).toBe('different');
  });
});

describe('tolerances', () => {
  const model = (shift: number): Model => {
    const b = new GraphBuilder();
    const x = b.op('Sigmoid', [b.input('x', [2, channels, 12, 12])]);
    b.output(b.op('Add', [x, b.constant(Tensor.scalar('float32', shift))]));
    return b.model();
  };

  it('of their own decide alone, whatever differs inside', async () => {
    const [a, b] = [model(1), model(1 + 2 ** -14)];
    for (const tolerance of [{ absolute: 1e-4 }, { relative: 1e-4 }, { ulps: 2 ** 10 }]) {
      expect(await verify(a, b, { tolerance })).toMatchObject({ status: 'equal' });
    }
    for (const tolerance of [{ absolute: 1e-5 }, { relative: 1e-5 }, { ulps: 100 }]) {
      expect(await verify(a, b, { tolerance })).toMatchObject({ status: 'different' });
    }
  });

  it('count units in the last place of the type', async () => {
    // Both are between 1 and 2, where float32 numbers are 2^-23 apart.
    const [a, b] = [model(1), model(1 + 5 * 2 ** -23)];
    expect((await compareModels(a, b, { tolerance: { ulps: 6 } })).status).toBe('equal');
    expect((await compareModels(a, b, { tolerance: { ulps: 3 } })).status).toBe('different');
  });

  it('do not widen for TF32 on the CPU, which has none', async () => {
    const roundoff = async (options: VerifyOptions) =>
      bounds(await verify(model(1), model(1), { kinds: ['normal'], ...options }))[0]?.unitRoundoff;
    expect(await roundoff({})).toBe(2 ** -24);
    expect(await roundoff({ tf32: true })).toBe(2 ** -24);
    expect(await roundoff({ precision: 'float16' })).toBe(2 ** -11);
  });
});

describe('models of one size', () => {
  /** Tokens of an image; @param rows how many there are said to be, −1 for as many as there are */
  function flattened(rows: number): Model {
    const b = new GraphBuilder();
    const x = b.input('x', ['N', 4, 'H', 'W']);
    const flat = b.op('Reshape', [x, b.int64s([0, 4, rows])]);
    b.output(b.op('LeakyRelu', [flat], { alpha: float(0.5) }));
    return b.model();
  }
  const options = { kinds: ['normal'] } as const;

  it('equal others at that size alone', async () => {
    const shapes = new Map([['x', [2, 4, 8, 8]]]);
    const report = await verifyModels(flattened(-1), flattened(64), { ...options, shapes });
    expect(report.status).toBe('equal');
  });

  it.each([
    [64 * 64, 64],
    [224 * 224, 224],
  ])('are told from those of any size, in a sentence: %i tokens', async (rows, length) => {
    const report = await verifyModels(flattened(-1), flattened(rows), options);
    expect(report).toMatchObject({
      status: 'different',
      inputs: [{ dims: [2, 4, length, length] }],
    });
    const obstacles = 'runs' in report ? report.runs.flatMap((run) => run.outputs) : [];
    expect(obstacles.flatMap(({ obstacle }) => obstacle ?? [])).toContainEqual(
      expect.stringContaining('the second model refuses a size that the first accepts'),
    );
  });

  it('that the first model refuses too are no difference', async () => {
    expect(await verifyModels(flattened(64), flattened(64), options)).toMatchObject({
      status: 'equal',
      inputs: [{ dims: [2, 4, 8, 8] }],
    });
  });

  it('that no size suits are no pair', async () => {
    const report = await verifyModels(flattened(-1), flattened(65), options);
    expect(report).toMatchObject({ status: 'unrunnable', model: 'b' });
  });
});
