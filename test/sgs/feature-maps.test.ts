import { describe, expect, test } from 'vitest';
import { exposeValues, float, GraphBuilder, type Model, Node } from '../../src/ir/index.js';
import { buildModel } from '../../src/models/index.js';
import { copyModel } from '../../src/onnx/index.js';
import { runModel } from '../../src/runtime/index.js';
import { type FeatureMapOptions, featureMaps, spatialConvs } from '../../src/sgs/index.js';
import { Tensor } from '../../src/tensor/index.js';
import { noise } from './support.js';

const imagesOf = (dims: readonly number[]) => Tensor.floats(dims, noise(dims, 4).data);

/** Feature maps by the name of the value, in the order in which they come. */
async function streamed(model: Model, images: Tensor, options?: FeatureMapOptions) {
  const found = new Map<string, Tensor>();
  for await (const { convs, tensor } of featureMaps(model, images, options)) {
    const name = convs[0]?.input.name as string;
    expect(found.has(name)).toBe(false);
    expect(convs.every(({ input }) => input.name === name)).toBe(true);
    found.set(name, tensor);
  }
  return found;
}

/** The same from one run of the whole model, node by node as it stands. */
async function whole(source: Model, images: Tensor): Promise<Map<string, Tensor>> {
  const model = copyModel(source);
  const wanted = new Set(spatialConvs(model).map(({ input }) => input));
  const [input] = model.graph.inputs;
  exposeValues(model.graph, [...wanted]);
  const results = await runModel(model, new Map([[input!.name, images]]));
  return new Map([...wanted].map(({ name }) => [name, results.get(name) ?? images]));
}

async function expectSame(model: Model, images: Tensor) {
  const found = await streamed(model, images);
  const expected = await whole(model, images);
  expect(new Set(found.keys())).toEqual(new Set(expected.keys()));
  for (const [name, tensor] of expected) {
    const other = found.get(name) as Tensor;
    expect(other.dims).toEqual(tensor.dims);
    const [values, others] = [tensor.toFloats(), other.toFloats()];
    let [error, largest] = [0, 0];
    values.forEach((value, i) => {
      error = Math.max(error, Math.abs(value - (others[i] as number)));
      largest = Math.max(largest, Math.abs(value));
    });
    // onnxruntime fuses an Add into the convolution before it only where they are in one piece.
    expect(error / largest, name).toBeLessThan(1e-6);
  }
}

describe('pieces give what the whole model gives', () => {
  test.each([
    ['resnet20', [2, 3, 32, 32]],
    ['mobilenet_v1', [1, 3, 64, 64]],
    ['googlenet', [1, 3, 64, 64]],
  ] as const)('%s', async (name, dims) => {
    const image = dims.slice(1) as unknown as [number, number, number];
    await expectSame(buildModel(name, { image, seed: 3 }), imagesOf(dims));
  });
});

const filled = (b: GraphBuilder, name: string, dims: readonly number[]) =>
  b.floats(dims, noise(dims, name.length).data, name);
const pads = { pads: [1, 1, 1, 1] };

test('a value that several convolutions read comes once, with all of them', async () => {
  const b = new GraphBuilder();
  const x = b.input('x', ['N', 2, 6, 6]);
  const y = b.op('Relu', [x]);
  const weights = ['a', 'b'].map((name) => filled(b, name, [2, 2, 3, 3]));
  const [left, right] = weights.map((weight) => b.op('Conv', [y, weight], pads));
  const first = b.op('Conv', [x, weights[0]!], pads);
  b.output(b.op('Sum', [left!, right!, first]));
  const model = b.model();
  const found: string[][] = [];
  for await (const { convs } of featureMaps(model, imagesOf([2, 2, 6, 6]))) {
    found.push(convs.map(({ weight }) => weight));
  }
  expect(found).toEqual([['a'], ['a', 'b']]);
});

test('weights that the graph computes, constants as nodes, a later reader of an early value', async () => {
  const b = new GraphBuilder();
  const x = b.input('x', ['N', 2, 6, 6]);
  const half = b.op('Constant', [], { value: Tensor.scalar('float32', 0.5) });
  const made = b.op('Mul', [filled(b, 'seed', [2, 2, 3, 3]), half]);
  const early = b.op('Sigmoid', [x]);
  const first = b.op('Conv', [early, filled(b, 'first', [2, 2, 3, 3])], pads);
  const second = b.op('Relu', [b.op('Conv', [b.op('Relu', [first]), made], pads)]);
  const third = b.op('Conv', [b.op('Mul', [second, half]), filled(b, 'third', [2, 2, 3, 3])], pads);
  const fourth = b.op(
    'Conv',
    [b.op('Add', [third, early]), filled(b, 'fourth', [2, 2, 3, 3])],
    pads,
  );
  b.output(fourth);
  const model = b.model();
  expect(spatialConvs(model).map(({ weight }) => weight)).toEqual(['first', 'third', 'fourth']);
  await expectSame(model, imagesOf([2, 2, 6, 6]));
});

test('what cannot be cut runs whole, and stays as it was', async () => {
  const b = new GraphBuilder();
  const x = b.input('x', ['N', 2, 6, 6]);
  const first = b.op('Conv', [x, filled(b, 'first', [2, 2, 3, 3])], pads);
  // An operator of onnxruntime's own domain.
  const gelu = b.op('Gelu', [first], {}, { domain: 'com.microsoft' });
  b.output(b.op('Conv', [gelu, filled(b, 'second', [2, 2, 3, 3])], pads));
  const model = b.model();
  model.opsets.set('com.microsoft', 1);
  await expectSame(model, imagesOf([2, 2, 6, 6]));
  expect(model.graph.outputs.length).toBe(1);
  const largest: number[] = [];
  await streamed(model, imagesOf([2, 2, 6, 6]), { onHeld: (bytes) => largest.push(bytes) });
  expect(largest).toEqual([2 * 2 * 36 * 4]);
});

describe('memory', () => {
  test('holds what later pieces read and no more', async () => {
    const model = buildModel('resnet20', { seed: 1 });
    const held: number[] = [];
    const maps = await streamed(model, imagesOf([4, 3, 32, 32]), {
      onHeld: (bytes) => held.push(bytes),
    });
    const largest = Math.max(...[...maps.values()].map(({ byteLength }) => byteLength));
    const all = [...maps.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
    // What a block reads, what it has computed, and what the next one gets.
    expect(Math.max(...held)).toBeLessThanOrEqual(3 * largest);
    expect(all).toBeGreaterThan(9 * largest);
    const last = [...maps.values()].at(-1)?.byteLength as number;
    expect(held.at(-1)).toBeLessThanOrEqual(3 * last);
  });

  test('a chain holds the input of a piece and its output', async () => {
    const b = new GraphBuilder();
    let y = b.input('x', ['N', 2, 6, 6]);
    for (const name of ['a', 'b', 'c', 'd'])
      y = b.op('Conv', [y, filled(b, name, [2, 2, 3, 3])], pads);
    b.output(y);
    const held: number[] = [];
    await streamed(b.model(), imagesOf([2, 2, 6, 6]), { onHeld: (bytes) => held.push(bytes) });
    expect(held).toEqual(Array(3).fill(2 * (2 * 2 * 36 * 4)));
  });
});

test('models that take anything but images are refused', async () => {
  const b = new GraphBuilder();
  const [x, z] = [b.input('x', ['N', 2, 6, 6]), b.input('z', ['N', 2, 6, 6])];
  b.output(b.op('Conv', [b.op('Add', [x, z]), filled(b, 'w', [2, 2, 3, 3])], pads));
  await expect(streamed(b.model(), imagesOf([2, 2, 6, 6]))).rejects.toThrow(/2 inputs/);
});

test('a model without spatial convolutions has no feature maps', async () => {
  const b = new GraphBuilder();
  b.output(b.op('LeakyRelu', [b.input('x', ['N', 2])], { alpha: float(0.1) }));
  const model = b.model();
  expect(model.graph.nodes[0]).toBeInstanceOf(Node);
  expect(await streamed(model, imagesOf([2, 2]))).toEqual(new Map());
});
