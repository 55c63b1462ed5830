import type { Value } from '../../../ir/index.js';
import { elementCount, Tensor } from '../../../tensor/index.js';
import type { TypedBuilder } from '../../builder.js';
import { reshape, transpose } from '../../layout.js';
import type { Axis, ConvGeometry } from './geometry.js';

type B = TypedBuilder;

/** Most elements of an image's channel that unrolling was found to pay for. */
const mostPositions = 4;

const inputSize = ({ axes }: ConvGeometry): number => elementCount(axes.map(({ input }) => input));
const outputSize = ({ axes }: ConvGeometry): number =>
  elementCount(axes.map(({ output }) => output));
const tapCount = ({ axes }: ConvGeometry): number => elementCount(axes.map(({ kernel }) => kernel));

/**
 * Whether a convolution is best computed as one product with a matrix that holds the weight for every pair of positions:
 * images so small that most taps lie outside, for which onnxruntime's kernel multiplies thin matrices image by image.
 */
export const isUnrolled = (geometry: ConvGeometry): boolean =>
  geometry.group === 1 &&
  tapCount(geometry) > inputSize(geometry) &&
  inputSize(geometry) <= mostPositions;

/** Along one axis, the tap by which an output position reads an input position; null when none does. */
function tapOf(axis: Axis, output: number, input: number): number | null {
  const { kernel, stride, dilation, begin } = axis;
  const tap = (input + begin - stride * output) / dilation;
  return Number.isInteger(tap) && tap >= 0 && tap < kernel ? tap : null;
}

/** 1 where a tap joins an output position and an input position: `[taps, outputs · inputs]`. */
function joints(b: B, geometry: ConvGeometry, like: Value): Value {
  let [taps, outputs, inputs] = [1, 1, 1];
  let ones = new Set(['0,0,0']);
  for (const axis of geometry.axes) {
    const next = new Set<string>();
    for (const one of ones) {
      const [t = 0, o = 0, i = 0] = one.split(',').map(Number);
      for (let output = 0; output < axis.output; output++) {
        for (let input = 0; input < axis.input; input++) {
          const tap = tapOf(axis, output, input);
          if (tap === null) continue;
          next.add(
            `${t * axis.kernel + tap},${o * axis.output + output},${i * axis.input + input}`,
          );
        }
      }
    }
    ones = next;
    taps *= axis.kernel;
    outputs *= axis.output;
    inputs *= axis.input;
  }
  const values = new Float64Array(taps * outputs * inputs);
  for (const one of ones) {
    const [t = 0, o = 0, i = 0] = one.split(',').map(Number);
    values[(t * outputs + o) * inputs + i] = 1;
  }
  const dims = [taps, outputs * inputs];
  return b.constant(Tensor.fromNumbers(b.dtype(like), dims, values), 'joints');
}

/** The weight for every pair of positions: `[O, C, …]` → `[O · outputs, C · inputs]`. */
function matrix(b: B, w: Value, geometry: ConvGeometry): Value {
  const { inputs: channels, outputs: filters } = geometry;
  const [from, to] = [inputSize(geometry), outputSize(geometry)];
  const taps = reshape(b, w, [filters, channels, tapCount(geometry)]);
  const pairs = b.op('MatMul', [taps, joints(b, geometry, w)]);
  const apart = reshape(b, pairs, [filters, channels, to, from]);
  return reshape(b, transpose(b, apart, [0, 2, 1, 3]), [filters * to, channels * from]);
}

const flat = (b: B, x: Value, batch: number): Value => reshape(b, x, [batch, b.size(x) / batch]);

/** @param x `[N, C, …]` @param w `[O, C, …]` @returns `[N, O, …]` */
export function unrolledConv(b: B, x: Value, w: Value, geometry: ConvGeometry): Value {
  const { batch, outputs, axes } = geometry;
  const product = b.op('MatMul', [flat(b, x, batch), transpose(b, matrix(b, w, geometry), [1, 0])]);
  return reshape(b, product, [batch, outputs, ...axes.map(({ output }) => output)]);
}

/** @param cotangent `[N, O, …]` @param w `[O, C, …]` @returns `[N, C, …]` */
export function unrolledInputGradient(
  b: B,
  cotangent: Value,
  w: Value,
  geometry: ConvGeometry,
): Value {
  const { batch, inputs, axes } = geometry;
  const product = b.op('MatMul', [flat(b, cotangent, batch), matrix(b, w, geometry)]);
  return reshape(b, product, [batch, inputs, ...axes.map(({ input }) => input)]);
}

/** @param x `[N, C, …]` @param cotangent `[N, O, …]` @returns `[O, C, …]` */
export function unrolledWeightGradient(
  b: B,
  x: Value,
  cotangent: Value,
  geometry: ConvGeometry,
): Value {
  const { batch, inputs: channels, outputs: filters, axes } = geometry;
  const [from, to] = [inputSize(geometry), outputSize(geometry)];
  const pairs = b.op('MatMul', [
    transpose(b, flat(b, cotangent, batch), [1, 0]),
    flat(b, x, batch),
  ]);
  const apart = transpose(b, reshape(b, pairs, [filters, to, channels, from]), [0, 2, 1, 3]);
  const each = reshape(b, apart, [filters, channels, to * from]);
  const taps = b.op('MatMul', [each, transpose(b, joints(b, geometry, x), [1, 0])]);
  return reshape(b, taps, [filters, channels, ...axes.map(({ kernel }) => kernel)]);
}
