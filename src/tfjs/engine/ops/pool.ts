import { type Axis, windowAxes } from '../../../autodiff/ops/conv/geometry.js';
import { elementCount } from '../../../tensor/index.js';
import { type Call, rule, type TfRule } from '../call.js';
import type { Tensor4D, TfTensor } from '../tf.js';
import { padded, toLast, toSecond } from './layout.js';

/** The windows of a pool over two axes. */
function axesOf(call: Call): readonly Axis[] {
  const { node } = call;
  const kernel = node.ints('kernel_shape') ?? [];
  const axes = windowAxes(node, call.input(0).shape.slice(2), kernel, call.resultDims().slice(2));
  if (axes.length !== 2) call.refuse(`pools over ${axes.length} axes`);
  if (axes.some(({ dilation }) => dilation !== 1)) call.refuse('has dilated windows');
  return axes;
}

/** The input with what all windows cover, no less and no more, as `[N, H, W, C]`. */
function covered({ tf }: Call, x: TfTensor, axes: readonly Axis[], value: number): Tensor4D {
  const begins = axes.map(({ begin }) => begin);
  const ends = axes.map(
    ({ input, output, kernel, stride, begin }) => (output - 1) * stride + kernel - begin - input,
  );
  return toLast(tf, padded(tf, x, [0, 0, ...begins], [0, 0, ...ends], value)) as Tensor4D;
}

const pairs = (axes: readonly Axis[]) => ({
  kernel: axes.map(({ kernel }) => kernel) as [number, number],
  strides: axes.map(({ stride }) => stride) as [number, number],
});

function maxPool(call: Call): TfTensor[] {
  const { tf } = call;
  const axes = axesOf(call);
  const { kernel, strides } = pairs(axes);
  const image = covered(call, call.input(0), axes, Number.NEGATIVE_INFINITY);
  return [toSecond(tf, tf.maxPool(image, kernel, strides, 'valid'))];
}

/** How many positions each window divides by, along one axis. @param padsCount whether pads are counted */
function counts({ input, output, kernel, stride, begin, end }: Axis, padsCount: boolean): number[] {
  const [low, high] = padsCount ? [-begin, input + end] : [0, input];
  return Array.from({ length: output }, (_, o) => {
    const first = o * stride - begin;
    return Math.min(first + kernel, high) - Math.max(first, low);
  });
}

function averagePool(call: Call): TfTensor {
  const { tf, node } = call;
  const axes = axesOf(call);
  const { kernel, strides } = pairs(axes);
  const size = elementCount(kernel);
  const mean = tf.avgPool(covered(call, call.input(0), axes, 0), kernel, strides, 'valid');
  const padsCount = node.int('count_include_pad', 0) !== 0;
  const [rows = [], columns = []] = axes.map((axis) => counts(axis, padsCount));
  const factors = rows.flatMap((row) => columns.map((column) => size / (row * column)));
  const result = toSecond(tf, mean);
  if (factors.every((factor) => factor === 1)) return result;
  return tf.mul(result, tf.tensor(factors, [1, 1, rows.length, columns.length]));
}

const spatial = (x: TfTensor): number[] => x.shape.map((_, axis) => axis).slice(2);

/** Pools. */
export const pools: readonly TfRule[] = [
  { opTypes: ['MaxPool'], run: maxPool },
  rule('AveragePool', averagePool),
  rule('GlobalAveragePool', (call) => call.tf.mean(call.input(0), spatial(call.input(0)), true)),
  rule('GlobalMaxPool', (call) => call.tf.max(call.input(0), spatial(call.input(0)), true)),
];
