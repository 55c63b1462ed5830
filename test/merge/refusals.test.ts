import { describe, expect, it } from 'vitest';
import {
  type AttributeValue,
  type Dim,
  float,
  GraphBuilder,
  type Model,
  type Value,
} from '../../src/ir/index.js';
import { applyMerge, type Objective, planMerge } from '../../src/merge/index.js';
import { type DataType, dataTypes, normal, Tensor } from '../../src/tensor/index.js';
import { count } from '../reference/array.js';

const random = normal(11);
const numbers = (dims: readonly number[]): Float64Array =>
  Float64Array.from({ length: count(dims) }, random);

const image: readonly Dim[] = ['N', 4, 'H', 'W'];

/** What merging did not do, and why. */
interface Refused {
  readonly regions: number;
  /** Near misses of the plan, then what the weights or the probe ruled out. */
  readonly reasons: readonly string[];
}

async function merge(model: Model, objective: Objective = 'nodes'): Promise<Refused> {
  const plan = await planMerge(model, { objective });
  const { regions, refused } = await applyMerge(plan);
  const reasons = [...plan.nearMisses, ...refused].map(
    ({ node, refusal }) => `${node.opType}: ${refusal.reason}`,
  );
  return { regions: regions.length, reasons };
}

/** Merges what `build` makes of an input. */
function merging(
  build: (b: GraphBuilder, x: Value) => Value,
  shape: readonly Dim[] = image,
  objective: Objective = 'nodes',
): Promise<Refused> {
  const b = new GraphBuilder();
  b.output(build(b, b.input('x', shape)));
  return merge(b.model(), objective);
}

interface ConvOptions {
  readonly outputs?: number;
  readonly inputs?: number;
  readonly size?: number;
  readonly pad?: number;
  readonly bias?: boolean;
  readonly attributes?: Record<string, AttributeValue>;
  readonly weights?: ArrayLike<number>;
}

function conv(b: GraphBuilder, x: Value, options: ConvOptions = {}): Value {
  const { outputs = 4, inputs = 4, size = 1, pad = 0, attributes = {} } = options;
  const dims = [outputs, inputs, size, size];
  const weight = b.floats(dims, options.weights ?? numbers(dims));
  const bias = options.bias ? [b.floats([outputs], numbers([outputs]))] : [];
  return b.op('Conv', [x, weight, ...bias], { pads: [pad, pad, pad, pad], ...attributes });
}

interface Statistics {
  readonly variance?: readonly number[];
  readonly attributes?: Record<string, AttributeValue>;
  readonly outputs?: number;
}

function norm(b: GraphBuilder, x: Value, options: Statistics = {}): Value {
  const { variance = [1, 2, 3, 4], attributes = {}, outputs = 1 } = options;
  const vectors = [[4], [4], [4]].map((dims) => b.floats(dims, numbers(dims)));
  const inputs = [x, ...vectors, b.floats([4], variance)];
  return b.ops('BatchNormalization', inputs, outputs, attributes)[0]!;
}

describe('the border', () => {
  it('a bias before zero padding', async () => {
    const { regions, reasons } = await merging((b, x) =>
      conv(b, conv(b, x, { bias: true }), { size: 3, pad: 1 }),
    );
    expect(regions).toBe(0);
    expect(reasons).toEqual([
      expect.stringMatching(/^Conv: it pads with zeros, but outside the image .* holds the bias/),
    ]);
  });

  it('the same without the padding merges', async () => {
    const { regions } = await merging((b, x) => conv(b, conv(b, x, { bias: true }), { size: 3 }));
    expect(regions).toBe(1);
  });

  it('BatchNormalization before zero padding', async () => {
    const { regions, reasons } = await merging((b, x) => conv(b, norm(b, x), { size: 3, pad: 1 }));
    expect([regions, reasons.length]).toEqual([0, 1]);
    expect(reasons[0]).toMatch(/holds the bias of 'BatchNormalization/);
  });

  it('a padded window on a padded window', async () => {
    const { regions, reasons } = await merging((b, x) =>
      conv(b, conv(b, x, { size: 3, pad: 1 }), { size: 3, pad: 1 }),
    );
    expect(regions).toBe(0);
    expect(reasons[0]).toMatch(/still sees the image: exact inside, wrong at the border/);
  });

  it('Pad with another constant than the bias', async () => {
    const padded = (value: number) =>
      merging((b, x) => {
        const shifted = b.op('Add', [conv(b, x), b.floats([], [0.5])]);
        const pads = b.int64s([0, 0, 1, 1, 0, 0, 1, 1]);
        const filled = b.op('Pad', [shifted, pads, b.floats([], [value])]);
        return b.op('Sub', [conv(b, filled, { size: 3 }), conv(b, x, { size: 3, pad: 1 })]);
      });
    expect(await padded(0.5)).toEqual({ regions: 1, reasons: [] });
    const { reasons } = await padded(0.25);
    expect(reasons).toEqual([
      expect.stringMatching(
        /^Sub: its branches .*: it pads with a constant, but outside the image/,
      ),
    ]);
  });

  it('Pad that mirrors', async () => {
    const { reasons } = await merging((b, x) => {
      const pads = b.int64s([0, 0, 1, 1, 0, 0, 1, 1]);
      const mirrored = b.op('Pad', [x, pads], { mode: 'reflect' });
      return b.op('Add', [conv(b, mirrored, { size: 3 }), conv(b, x)]);
    });
    expect(reasons[0]).toMatch(/it pads by reflect, which is not a convolution/);
  });

  const pool = (attributes: Record<string, AttributeValue>, shape?: readonly Dim[]) =>
    merging(
      (b, x) => b.op('AveragePool', [conv(b, x)], { kernel_shape: [3, 3], ...attributes }),
      shape,
    );

  it('an average that leaves its padding uncounted', async () => {
    const { regions, reasons } = await pool({ pads: [1, 1, 1, 1] });
    expect(regions).toBe(0);
    expect(reasons).toEqual([expect.stringMatching(/^AveragePool: it pads without counting/)]);
    expect((await pool({ pads: [1, 1, 1, 1], count_include_pad: 1 })).regions).toBe(1);
    expect((await pool({})).regions).toBe(1);
  });

  it('an average whose last window hangs over', async () => {
    const strided = { strides: [2, 2], ceil_mode: 1 };
    expect((await pool(strided, ['N', 4, 7, 9])).regions).toBe(1);
    for (const shape of [['N', 4, 8, 9], image] as const) {
      const { regions, reasons } = await pool(strided, shape);
      expect(regions).toBe(0);
      expect(reasons[0]).toMatch(/ceil_mode lets its last window hang over/);
    }
  });
});

describe('joins', () => {
  it('an activation inside a branch', async () => {
    const { regions, reasons } = await merging((b, x) => {
      const active = b.op('Relu', [norm(b, conv(b, x))]);
      return b.op('Add', [conv(b, active, { size: 3, pad: 1 }), conv(b, x)]);
    });
    expect(regions).toBe(1); // The BatchNormalization before the activation.
    expect(reasons).toContain(
      'Add: its branches do not start linearly from one value: Relu is not linear',
    );
  });

  it('different strides', async () => {
    const { regions, reasons } = await merging(
      (b, x) =>
        b.op('Add', [
          conv(b, x, { attributes: { strides: [2, 2] } }),
          conv(b, x, { attributes: { strides: [3, 3] } }),
        ]),
      ['N', 4, 2, 2],
    );
    expect(regions).toBe(0);
    expect(reasons).toEqual(['Add: its branches have different strides']);
  });

  it('different lengths that only some inputs hide', async () => {
    const { regions, reasons } = await merging((b, x) => {
      const even = conv(b, x, { size: 3, pad: 1, attributes: { strides: [2, 2] } });
      const late = { pads: [1, 1, 0, 0], strides: [2, 2] };
      return b.op('Add', [even, conv(b, x, { size: 3, attributes: late })]);
    });
    expect(regions).toBe(0);
    expect(reasons).toEqual(['Add: its branches have different output windows']);
  });

  it('a product of two values that both vary', async () => {
    const { regions } = await merging((b, x) => b.op('Mul', [conv(b, x), conv(b, x)]));
    expect(regions).toBe(0);
  });

  it('vectors that meet as a table', async () => {
    const { regions, reasons } = await merging(
      (b, x) => {
        const product = () => b.op('MatMul', [x, b.floats([6, 6], numbers([6, 6]))]);
        const column = b.op('Reshape', [product(), b.int64s([-1, 6, 1])]);
        const row = b.op('Reshape', [product(), b.int64s([-1, 1, 6])]);
        b.output(b.op('Reshape', [x, b.int64s([-1, 6, 1])]));
        return b.op('Add', [column, row]);
      },
      ['N', 6],
    );
    expect([regions, reasons]).toEqual([0, ['Add: its branches have different shapes']]);
  });
});

describe('constants', () => {
  const withConstant = (opType: string, dims: readonly number[], shape: readonly Dim[]) =>
    merging((b, x) => b.op(opType, [conv(b, x), b.floats(dims, numbers(dims))]), shape);

  it('that vary over the image', async () => {
    for (const opType of ['Add', 'Mul', 'Sub', 'Div']) {
      const { regions, reasons } = await withConstant(opType, [1, 1, 6, 6], ['N', 4, 6, 6]);
      expect(regions).toBe(0);
      if (opType === 'Add') {
        expect(reasons).toEqual(['Add: its constant is not one number a channel']);
      }
    }
  });

  it('that make the image or the batch larger', async () => {
    const shape = ['N', 4, 1, 1];
    const ones = (dims: readonly number[]) =>
      merging((b, x) => b.op('Mul', [conv(b, x), b.floats(dims, numbers(dims).fill(2))]), shape);
    expect((await ones([1, 4, 3, 3])).regions).toBe(0);
    expect((await ones([2, 4, 1, 1])).regions).toBe(0);
    expect((await ones([1, 1, 4, 1, 1])).regions).toBe(0);
    expect((await ones([1, 4, 1, 1])).regions).toBe(1);
  });

  it('that widen one channel', async () => {
    const { regions } = await merging((b, x) =>
      b.op('Mul', [conv(b, x, { outputs: 1 }), b.floats([4, 1, 1], numbers([4]))]),
    );
    expect(regions).toBe(0);
  });

  it('divided by the image', async () => {
    const { regions } = await merging((b, x) => b.op('Div', [b.floats([], [1]), conv(b, x)]));
    expect(regions).toBe(0);
  });
});

describe('BatchNormalization', () => {
  const normed = (options: Statistics) => merging((b, x) => norm(b, conv(b, x), options));

  it('in inference form merges', async () => {
    expect((await normed({})).regions).toBe(1);
  });

  it('with a variance that has no root', async () => {
    const { regions, reasons } = await normed({ variance: [1, 2, -0.5, 4] });
    expect([regions, reasons]).toEqual([0, ['BatchNormalization: a variance is not positive']]);
    const epsilon = { attributes: { epsilon: float(0) } };
    expect((await normed({ variance: [0, 1, 1, 1], ...epsilon })).regions).toBe(0);
    expect((await normed({ variance: [1, Number.NaN, 1, 1] })).regions).toBe(0);
  });

  it('in training mode', async () => {
    const { regions, reasons } = await normed({ attributes: { training_mode: 1 }, outputs: 3 });
    expect(regions).toBe(0);
    expect(reasons[0]).toMatch(/training mode: its statistics come from the batch/);
  });
});

describe('weights', () => {
  it('that are not finite', async () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const weights = numbers([4, 4]).with(5, bad);
      const { regions, reasons } = await merging((b, x) =>
        b.op('Add', [conv(b, x, { weights }), conv(b, x)]),
      );
      expect(regions).toBe(0);
      expect(reasons).toEqual(['Add: a merged weight is not a finite float32']);
    }
  });

  it('that are not finite in a group of their own', async () => {
    const { regions, reasons } = await merging((b, x) => {
      const [first, second] = b.ops('Split', [x, b.int64s([1, 3])], 2, { axis: 1 });
      const [one, three] = [
        b.floats([1, 1, 1, 1], [Number.POSITIVE_INFINITY]),
        b.floats([3, 1, 1, 1], [1, 2, 3]),
      ];
      const parts = [b.op('Conv', [first!, one]), b.op('Conv', [second!, three], { group: 3 })];
      const half = b.op('Concat', parts, { axis: 1 });
      return b.op('Conv', [half, b.floats([4, 1, 1, 1], [1, 0, 1, 1])], { group: 4 });
    });
    expect(regions).toBe(0);
    expect(reasons).toEqual(['Conv: a merged weight is not a finite float32']);
  });

  it('that the merged type cannot hold', async () => {
    const b = new GraphBuilder();
    const x = b.input('x', ['N', 1, 'H', 'W'], 'float16');
    const weight = () => b.constant(Tensor.fromNumbers('float16', [1, 1, 1, 1], [60000]));
    b.output(b.op('Add', [b.op('Conv', [x, weight()]), b.op('Conv', [x, weight()])]));
    const { regions, reasons } = await merge(b.model());
    expect([regions, reasons]).toEqual([0, ['Add: a merged weight is not a finite float16']]);
  });

  it('that the input decides', async () => {
    const b = new GraphBuilder();
    const [x, w] = [b.input('x', image), b.input('w', [4, 4, 1, 1])];
    b.output(b.op('Add', [b.op('Conv', [x, w]), conv(b, x)]));
    const { regions, reasons } = await merge(b.model());
    expect(regions).toBe(0);
    expect(reasons).toContain("Conv: its weight depends on the model's inputs");
  });
});

describe('types', () => {
  it('a Cast to another type', async () => {
    const b = new GraphBuilder();
    const x = b.input('x', image);
    const doubled = b.op('Cast', [conv(b, x)], { to: 11 });
    const weight = Tensor.fromNumbers('float64', [4, 4, 1, 1], numbers([16]));
    b.output(b.op('Conv', [doubled, b.constant(weight)]));
    expect((await merge(b.model())).regions).toBe(0);
  });

  it.each<DataType>(['float64', 'float16'])('%s merges', async (dtype) => {
    const b = new GraphBuilder();
    const x = b.input('x', image, dtype);
    const weight = () => b.constant(Tensor.fromNumbers(dtype, [4, 4, 1, 1], numbers([16])));
    b.output(b.op('Add', [b.op('Conv', [x, weight()]), b.op('Conv', [x, weight()])]));
    expect(await merge(b.model())).toEqual({ regions: 1, reasons: [] });
  });

  it.each<DataType>(['float32', 'float64', 'float16'])(
    'a Cast of %s to itself merges',
    async (dtype) => {
      const b = new GraphBuilder();
      const x = b.input('x', image, dtype);
      const weight = () => b.constant(Tensor.fromNumbers(dtype, [4, 4, 1, 1], numbers([16])));
      const cast = b.op('Cast', [b.op('Conv', [x, weight()])], { to: dataTypes[dtype].code });
      b.output(b.op('Add', [cast, b.op('Conv', [x, weight()])]));
      const { reasons } = await merge(b.model());
      expect(reasons).toEqual([]);
    },
  );

  it('a Dropout that may drop', async () => {
    const b = new GraphBuilder();
    const [x, training] = [b.input('x', image), b.input('training', [], 'bool')];
    const dropped = b.op('Dropout', [conv(b, x), b.floats([], [0.5]), training]);
    b.output(conv(b, dropped));
    expect((await merge(b.model())).regions).toBe(0);
  });
});

describe('cost', () => {
  const bottleneck = (objective: Objective) =>
    merging(
      (b, x) => {
        const narrow = conv(b, x, { outputs: 1 });
        return conv(b, narrow, { inputs: 1, size: 3, pad: 1 });
      },
      image,
      objective,
    );

  it('a 1×1 → 3×3 bottleneck stays, and says why', async () => {
    const { regions, reasons } = await bottleneck('macs');
    expect(regions).toBe(0);
    expect(reasons).toEqual([
      expect.stringMatching(/^Conv: one convolution could replace it exactly, .* operations\)$/),
    ]);
  });

  it('and merges when nodes are what counts', async () => {
    expect((await bottleneck('nodes')).regions).toBe(1);
  });
});
