import { describe, expect, test } from 'vitest';
import { differentiate, raiseOpset } from '../../src/autodiff/index.js';
import {
  type Attribute,
  type AttributeValue,
  float,
  GraphBuilder,
  type Model,
  onnxOpset,
  type Value,
} from '../../src/ir/index.js';
import { decodeModel, encodeModel } from '../../src/onnx/index.js';
import { runModel } from '../../src/runtime/index.js';
import { Tensor } from '../../src/tensor/index.js';
import { random } from './gradient-check.js';

const floats = (value: readonly number[]): Attribute => ({ kind: 'floats', value });

interface Case {
  readonly opType: string;
  readonly opset: number;
  readonly dims: readonly number[];
  readonly operands?: (b: GraphBuilder) => (Value | null)[];
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  readonly outputs?: number;
  /** Operators of the raised graph. */
  readonly becomes?: readonly string[];
}

function build(c: Case): Model {
  const b = new GraphBuilder();
  const x = b.input('x', c.dims);
  const inputs = [x, ...(c.operands?.(b) ?? [])];
  const { outputs = 1, attributes = {} } = c;
  for (const y of b.ops(c.opType, inputs, outputs, attributes, { name: 'it' })) b.output(y);
  return b.model(c.opset);
}

const opTypes = (model: Model): string[] => model.graph.nodes.map((node) => node.opType);

/** Runs a model in its own opset and raised: through a file, as a user's model comes. */
async function expectSame(c: Case): Promise<void> {
  const numbers = random(c.dims, 3).data;
  const feeds = new Map([['x', Tensor.fromNumbers('float32', c.dims, numbers)]]);
  const before = await runModel(build(c), feeds);
  const model = decodeModel(encodeModel(build(c)));
  raiseOpset(model);
  expect(onnxOpset(model)).toBe(17);
  if (c.becomes) expect(opTypes(model)).toEqual(c.becomes);
  const after = await runModel(decodeModel(encodeModel(model)), feeds);
  for (const [name, expected] of before) {
    const found = after.get(name) as Tensor;
    expect(found.dims).toEqual(expected.dims);
    expect(found.toNumbers()).toEqual(expected.toNumbers());
  }
}

const all = (values: readonly number[]) => (b: GraphBuilder) =>
  values.map((v) => b.floats([3], [v, v + 1, v + 2]));

const cases: readonly Case[] = [
  { opType: 'Squeeze', opset: 11, dims: [2, 1, 3, 1], attributes: { axes: [1, -1] } },
  { opType: 'Squeeze', opset: 9, dims: [2, 1, 3, 1] },
  { opType: 'Unsqueeze', opset: 12, dims: [2, 3], attributes: { axes: [0, 3] } },
  { opType: 'ReduceSum', opset: 12, dims: [2, 3, 4], attributes: { axes: [1], keepdims: 0 } },
  { opType: 'ReduceSum', opset: 9, dims: [2, 3, 4] },
  { opType: 'ReduceMean', opset: 9, dims: [2, 3, 4], attributes: { axes: [0, 2] } },
  {
    opType: 'Split',
    opset: 11,
    dims: [2, 6],
    attributes: { axis: 1, split: [1, 2, 3] },
    outputs: 3,
  },
  { opType: 'Split', opset: 9, dims: [6, 2], outputs: 2 },
  {
    opType: 'Slice',
    opset: 9,
    dims: [4, 5],
    attributes: { starts: [1, -3], ends: [9, -1], axes: [0, 1] },
  },
  {
    opType: 'Slice',
    opset: 9,
    dims: [4, 5],
    // INT64_MAX, as exporters write "to the end".
    attributes: { starts: [2], ends: [2 ** 63], axes: [1] },
  },
  { opType: 'Slice', opset: 7, dims: [4, 5], attributes: { starts: [1], ends: [3] } },
  {
    opType: 'Pad',
    opset: 9,
    dims: [2, 3],
    attributes: { pads: [1, 0, 0, 2], value: float(2.5) },
  },
  { opType: 'Pad', opset: 10, dims: [2, 3], attributes: { pads: [1, 0, 0, 2], mode: 'reflect' } },
  { opType: 'Clip', opset: 9, dims: [2, 3], attributes: { min: float(-0.5), max: float(0.25) } },
  { opType: 'Clip', opset: 7, dims: [2, 3], attributes: { max: float(0.25) } },
  { opType: 'TopK', opset: 9, dims: [2, 5], attributes: { k: 3, axis: 1 }, outputs: 2 },
  {
    opType: 'Dropout',
    opset: 9,
    dims: [2, 5],
    attributes: { ratio: float(0.25) },
    becomes: ['Dropout'],
  },
  {
    opType: 'BatchNormalization',
    opset: 8,
    dims: [2, 3, 4],
    operands: all([1, 2, 3, 4]),
    attributes: { spatial: 1, epsilon: float(0.001) },
  },
  { opType: 'BatchNormalization', opset: 12, dims: [2, 3, 4], operands: all([1, 2, 3, 4]) },
  {
    opType: 'Upsample',
    opset: 8,
    dims: [1, 2, 3, 4],
    attributes: { scales: floats([1, 1, 2, 3]), mode: 'nearest' },
    becomes: ['Resize'],
  },
  {
    opType: 'Upsample',
    opset: 9,
    dims: [1, 2, 3, 4],
    operands: (b) => [b.floats([4], [1, 1, 2.5, 1.5])],
    attributes: { mode: 'linear' },
  },
  {
    opType: 'Upsample',
    opset: 9,
    dims: [1, 2, 3, 4],
    operands: (b) => [b.floats([4], [1, 1, 1.7, 1.2])],
  },
  {
    opType: 'Resize',
    opset: 10,
    dims: [1, 1, 7, 9],
    operands: (b) => [b.floats([4], [1, 1, 0.6, 0.4])],
  },
  {
    opType: 'Resize',
    opset: 10,
    dims: [1, 1, 7, 9],
    operands: (b) => [b.floats([4], [1, 1, 1.6, 0.4])],
    attributes: { mode: 'linear' },
  },
  {
    opType: 'Resize',
    opset: 11,
    dims: [1, 1, 7, 9],
    operands: (b) => [b.floats([0], []), b.floats([4], [1, 1, 1.6, 1.4])],
    becomes: ['Resize'],
  },
  { opType: 'Softmax', opset: 9, dims: [2, 3], becomes: ['Softmax'] },
  { opType: 'Softmax', opset: 11, dims: [2, 3, 4], attributes: { axis: -1 }, becomes: ['Softmax'] },
  { opType: 'Softmax', opset: 11, dims: [2, 3, 1, 1], becomes: ['Softmax'] },
  {
    opType: 'LogSoftmax',
    opset: 12,
    dims: [2, 3, 4],
    becomes: ['Flatten', 'LogSoftmax', 'Shape', 'Reshape'],
  },
  { opType: 'Hardmax', opset: 7, dims: [2, 3, 4], attributes: { axis: 0 } },
  { opType: 'Softmax', opset: 12, dims: [2, 3, 4, 5], attributes: { axis: -2 } },
  {
    opType: 'Scatter',
    opset: 9,
    dims: [3, 3],
    operands: (b) => [
      b.constant(Tensor.fromNumbers('int64', [1, 2], [2, 0])),
      b.floats([1, 2], [5, 6]),
    ],
    becomes: ['ScatterElements'],
  },
  {
    opType: 'RoiAlign',
    opset: 10,
    dims: [1, 2, 6, 6],
    operands: (b) => [b.floats([1, 4], [0.7, 1.2, 4.1, 5]), b.int64s([0])],
    attributes: { output_height: 2, output_width: 3, sampling_ratio: 2 },
  },
  { opType: 'Relu', opset: 7, dims: [2, 3], becomes: ['Relu'] },
];

test.each(cases.map((c) => [c.opType, c.opset, c] as const))(
  '%s of opset %i computes the same in opset 17',
  (_, __, c) => expectSame(c),
);

describe('a model of an old opset', () => {
  /** Initializers that are graph inputs too, as opset 7 wants them. */
  function oldNet(): { model: Model; weight: Value; loss: Value } {
    const b = new GraphBuilder();
    const x = b.input('x', [2, 3, 8, 8]);
    const weight = b.floats([4, 3, 3, 3], random([4, 3, 3, 3], 5).data);
    b.graph.inputs.push(weight);
    const y = b.op('Conv', [x, weight], { pads: [1, 1, 1, 1] });
    const big = b.op('Upsample', [y], { scales: floats([1, 1, 2, 2]), mode: 'nearest' });
    const clipped = b.op('Clip', [big], { min: float(0), max: float(6) });
    const pooled = b.op('GlobalAveragePool', [clipped]);
    const flat = b.op('Squeeze', [pooled], { axes: [2, 3] });
    const loss = b.op('ReduceSum', [b.op('Softmax', [b.op('Mul', [flat, flat])])], { keepdims: 0 });
    b.output(loss);
    return { model: b.model(8), weight, loss };
  }

  test('can be differentiated once raised', () => {
    const { model, weight, loss } = oldNet();
    const options = { loss, parameters: [weight], variables: [weight] };
    expect(() => differentiate(model, options)).toThrow('opset 8');
    raiseOpset(model);
    const { gradients, builder } = differentiate(model, options);
    expect(builder.dims(gradients.get(weight) as Value)).toEqual([4, 3, 3, 3]);
  });

  test('keeps the names and types of its inputs and outputs', () => {
    const { model } = oldNet();
    const names = (m: Model) => [m.graph.inputs, m.graph.outputs].map((v) => v.map((x) => x.name));
    const before = names(model);
    raiseOpset(model);
    expect(names(model)).toEqual(before);
    expect(model.irVersion).toBeGreaterThanOrEqual(8);
  });

  test('bodies of control flow are raised too', async () => {
    const branch = (axis: number) => {
      const b = new GraphBuilder();
      const inner = b.constant(Tensor.fromNumbers('float32', [1, 2, 1], [3, 4]));
      b.output(b.op('Squeeze', [inner], { axes: [axis] }));
      return b.graph;
    };
    const b = new GraphBuilder();
    const condition = b.input('c', [], 'bool');
    const attributes = {
      then_branch: { kind: 'graph', value: branch(0) },
      else_branch: { kind: 'graph', value: branch(2) },
    } as const;
    b.output(b.op('If', [condition], attributes));
    const model = b.model(11);
    raiseOpset(model);
    const feeds = new Map([['c', Tensor.fromNumbers('bool', [], [0])]]);
    const [found] = (await runModel(model, feeds)).values();
    expect(found?.dims).toEqual([1, 2]);
  });

  test('training outputs of BatchNormalization', () => {
    const model = build({
      opType: 'BatchNormalization',
      opset: 9,
      dims: [2, 3, 4],
      operands: all([1, 2, 3, 4]),
      outputs: 1,
    });
    const [old] = model.graph.nodes;
    const b = new GraphBuilder();
    const x = b.input('x', [2, 3, 4]);
    const [y, mean] = b.ops('BatchNormalization', [x, ...all([1, 2, 3, 4])(b)], 5);
    b.output(y as Value);
    b.output(mean as Value);
    const training = b.model(9);
    raiseOpset(training);
    const [node] = training.graph.nodes;
    expect([node?.int('training_mode', 0), node?.outputs.length]).toEqual([1, 3]);
    raiseOpset(model);
    expect(model.graph.nodes).toEqual([old]);
  });
});

describe('refuses, naming the node', () => {
  const refused: readonly (readonly [string, Case])[] = [
    [
      'per channel',
      {
        opType: 'BatchNormalization',
        opset: 8,
        dims: [2, 3, 4],
        operands: all([1, 2, 3, 4]),
        attributes: { spatial: 0 },
      },
    ],
    ['mask is read', { opType: 'Dropout', opset: 9, dims: [2], outputs: 2 }],
    ['not known', { opType: 'Affine', opset: 9, dims: [2] }],
    ['scans a batch', { opType: 'Scan', opset: 8, dims: [2] }],
    [
      'one axis longer',
      {
        opType: 'Resize',
        opset: 10,
        dims: [1, 1, 4, 4],
        operands: (b) => [b.floats([4], [1, 1, 2, 0.5])],
      },
    ],
  ];

  test.each(refused)('%s', (reason, c) => {
    expect(() => raiseOpset(build(c))).toThrow(
      `${c.opType} 'it' of opset ${c.opset} cannot be raised`,
    );
    expect(() => raiseOpset(build(c))).toThrow(reason);
  });

  test('an opset before 7', () => {
    expect(() => raiseOpset(build({ opType: 'Relu', opset: 6, dims: [2] }))).toThrow('opset 6');
  });

  test('and leaves models of opset 17 and later alone', () => {
    const model = build({ opType: 'Relu', opset: 19, dims: [2] });
    raiseOpset(model);
    expect(onnxOpset(model)).toBe(19);
  });
});
