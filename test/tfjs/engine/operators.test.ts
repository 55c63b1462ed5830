import { expect, test } from 'vitest';
import { float, GraphBuilder, type Model, type Value } from '../../../src/ir/index.js';
import { planStep } from '../../../src/tfjs/engine/plan.js';
import { losses } from '../../../src/train/losses/index.js';
import type { StepOptions } from '../../../src/train/step/index.js';
import { noise } from '../../models/noise.js';
import { expectAgreement } from './compare.js';
import { optimizerNamed } from './nets.js';

type Build = (b: GraphBuilder, x: Value) => Value;

const image = [4, 7, 6] as const;
const batchSize = 2;

const weight = (b: GraphBuilder, dims: readonly number[], name = 'weight'): Value =>
  b.floats(
    dims,
    noise(
      name,
      dims.reduce((x, y) => x * y, 1),
    ),
    name,
  );

/** An operator between two that have weights, so that gradients go in and through. */
function modelOf(build: Build): Model {
  const b = new GraphBuilder();
  const input = b.input('input', [batchSize, ...image]);
  const x = b.op('Mul', [input, weight(b, [4, 7, 6], 'before.weight')]);
  const y = b.op('Flatten', [build(b, x)]);
  b.output(y);
  return b.model(20);
}

const conv =
  (dims: readonly number[], attributes: Readonly<Record<string, number | number[]>> = {}): Build =>
  (b, x) =>
    b.op('Conv', [x, weight(b, dims), weight(b, [dims[0]!], 'bias')], attributes);
const unary =
  (opType: string, attributes = {}): Build =>
  (b, x) =>
    b.op(opType, [x], attributes);
const pool = (opType: string, attributes = {}): Build =>
  unary(opType, { kernel_shape: [3, 2], strides: [2, 2], ...attributes });

type Case = readonly [name: string, build: Build];

const cases: readonly Case[] = [
  ['Conv with pads on one side', conv([3, 4, 3, 2], { pads: [1, 0, 2, 1] })],
  ['Conv with strides', conv([3, 4, 3, 3], { strides: [2, 3], pads: [1, 1, 1, 1] })],
  ['Conv with dilations', conv([3, 4, 2, 3], { dilations: [3, 2], strides: [2, 1] })],
  ['Conv in groups', conv([6, 2, 3, 3], { group: 2 })],
  ['Conv by channels', conv([8, 1, 3, 3], { group: 4, strides: [2, 2], pads: [1, 1, 1, 1] })],
  ['Conv by channels with dilations', conv([4, 1, 3, 3], { group: 4, dilations: [2, 2] })],
  [
    'Conv over one axis',
    (b, x) => {
      const flat = b.op('Reshape', [x, b.int64s([batchSize, 4, 42])]);
      return b.op('Conv', [flat, weight(b, [3, 4, 5])], { strides: [2], pads: [2, 1] });
    },
  ],
  ['MaxPool', pool('MaxPool', { pads: [1, 0, 1, 1] })],
  ['MaxPool that rounds up', pool('MaxPool', { ceil_mode: 1, kernel_shape: [2, 4] })],
  ['AveragePool', pool('AveragePool', { pads: [1, 0, 1, 1] })],
  [
    'AveragePool that counts pads',
    pool('AveragePool', { pads: [1, 1, 1, 1], count_include_pad: 1 }),
  ],
  ['GlobalAveragePool', unary('GlobalAveragePool')],
  ['GlobalMaxPool', unary('GlobalMaxPool')],
  ...['Relu', 'LeakyRelu', 'Elu', 'Sigmoid', 'Tanh', 'Softplus', 'Mish', 'HardSigmoid'].map(
    (opType): Case => [opType, unary(opType)],
  ),
  ...['HardSwish', 'Exp', 'Abs', 'Neg', 'Erf', 'Identity'].map(
    (opType): Case => [opType, unary(opType)],
  ),
  ['Gelu', unary('Gelu')],
  ['Clip', (b, x) => b.op('Clip', [x, b.floats([], [-0.2]), b.floats([], [0.3])])],
  ['PRelu', (b, x) => b.op('PRelu', [x, weight(b, [4, 1, 1])])],
  ['Sqrt and Log', (b, x) => b.op('Log', [b.op('Sqrt', [b.op('Exp', [x])])])],
  ['Div', (b, x) => b.op('Div', [x, b.op('Exp', [weight(b, [4, 1, 1])])])],
  ['Sub', (b, x) => b.op('Sub', [weight(b, [6]), x])],
  ['Pow', (b, x) => b.op('Pow', [x, b.floats([], [2])])],
  ['Min and Max', (b, x) => b.op('Max', [b.op('Min', [x, weight(b, [6])]), b.floats([], [-0.1])])],
  ['Softmax', unary('Softmax', { axis: 1 })],
  ['LogSoftmax', unary('LogSoftmax', { axis: -1 })],
  ['ReduceMean', (b, x) => b.op('ReduceMean', [x, b.int64s([1, -1])], { keepdims: 0 })],
  ['ReduceSum', (b, x) => b.op('ReduceSum', [x, b.int64s([2])])],
  ['MatMul', (b, x) => b.op('MatMul', [x, weight(b, [6, 3])])],
  ['Gemm', (b, x) => gemm(b, x, { alpha: float(0.5), beta: float(2), transB: 1 })],
  ['Transpose', unary('Transpose', { perm: [0, 3, 1, 2] })],
  ['Slice', (b, x) => slice(b, x, [1, -2], [99, -7], [1, 2], [1, -2])],
  ['Slice in steps', (b, x) => slice(b, x, [1, 0], [7, 6], [2, 3], [3, 2])],
  ['Pad that crops', (b, x) => b.op('Pad', [x, b.int64s([0, 1, -2, 3, 0, 0, 1, -1])])],
  ['Concat', (b, x) => b.op('Concat', [x, b.op('Neg', [x])], { axis: 1 })],
  ['Split', (b, x) => splitSum(b, x)],
  ['Gather', (b, x) => b.op('Gather', [x, b.int64s([2, 0, -1])], { axis: 1 })],
  ['Expand', (b, x) => b.op('Mul', [x, b.op('Expand', [weight(b, [7, 1]), b.int64s([7, 6])])])],
  ['BatchNormalization', norm],
];

function gemm(b: GraphBuilder, x: Value, attributes: object): Value {
  const flat = b.op('Flatten', [x]);
  return b.op('Gemm', [flat, weight(b, [3, 168]), weight(b, [3], 'bias')], { ...attributes });
}

const slice = (b: GraphBuilder, x: Value, ...lists: readonly number[][]): Value =>
  b.op('Slice', [x, ...lists.map((list) => b.int64s(list))]);

function splitSum(b: GraphBuilder, x: Value): Value {
  const [first, second] = b.ops('Split', [x, b.int64s([1, 3])], 2, { axis: 1 });
  return b.op('Mul', [first!, second!]);
}

function norm(b: GraphBuilder, x: Value): Value {
  const channels = (name: string, shift: number) =>
    b.floats(
      [4],
      noise(name, 4).map((value) => shift + value / 2),
      name,
    );
  const operands = [channels('scale', 1), channels('shift', 0)];
  const running = [channels('mean', 0), channels('variance', 1)];
  return b.op('BatchNormalization', [x, ...operands, ...running], { epsilon: float(1e-3) });
}

const mse = losses.find(({ name }) => name === 'mse')!;

test.each(cases)('%s', async (_, build) => {
  const model = modelOf(build);
  const options: StepOptions = {
    batchSize,
    loss: mse,
    optimizer: optimizerNamed('sgd'),
  };
  const { targets } = planStep(model, options);
  const count = targets.dims.reduce((x, y) => x * y, 1);
  const size = batchSize * 168;
  await expectAgreement(model, options, {
    images: Float32Array.from(noise('images', size)),
    targets: Float32Array.from(noise('targets', count)),
  });
});

test('an operator without a rule is named', () => {
  const build: Build = (b, x) => b.op('LRN', [x], { size: 3 }, { name: 'lrn1' });
  const options = { batchSize, loss: mse, optimizer: optimizerNamed('sgd') };
  expect(() => planStep(modelOf(build), options)).toThrow(/LRN 'lrn1'.*no rule for LRN/);
});

test('so is what a rule does not do', async () => {
  const build = pool('MaxPool', { dilations: [2, 2] });
  const options = { batchSize, loss: mse, optimizer: optimizerNamed('sgd') };
  const model = modelOf(build);
  const count = planStep(model, options).targets.dims.reduce((x, y) => x * y, 1);
  const batch = { images: new Float32Array(batchSize * 168), targets: new Float32Array(count) };
  await expect(expectAgreement(model, options, batch)).rejects.toThrow(/dilated windows/);
});
