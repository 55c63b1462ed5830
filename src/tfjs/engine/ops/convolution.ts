import { type ConvGeometry, convGeometry } from '../../../autodiff/ops/conv/geometry.js';
import { type Call, rule, type TfRule } from '../call.js';
import type { Tensor4D, Tf, TfTensor } from '../tf.js';
import { padded, toLast, toSecond } from './layout.js';

/** Zeros between the taps of a kernel `[O, I, kh, kw]`: TensorFlow.js does not differentiate dilated convolutions. */
function dilated(tf: Tf, weight: TfTensor, [rows = 1, columns = 1]: readonly number[]): TfTensor {
  if (rows === 1 && columns === 1) return weight;
  const [outputs = 1, inputs = 1, height = 1, width = 1] = weight.shape;
  const apart = tf.reshape(weight, [outputs * inputs, height, 1, width, 1]);
  const wide = padded(tf, apart, [0, 0, 0, 0, 0], [0, 0, rows - 1, 0, columns - 1]);
  const whole = tf.reshape(wide, [outputs, inputs, height * rows, width * columns]);
  return padded(tf, whole, [0, 0, 0, 0], [0, 0, 1 - rows, 1 - columns]);
}

/** A convolution without pads. @param x `[N, H, W, C]` @param weight `[O, C / group, kh, kw]` */
function convolve(
  tf: Tf,
  x: TfTensor,
  weight: TfTensor,
  { group, inputs, outputs, axes }: ConvGeometry,
): TfTensor {
  const strides = axes.map(({ stride }) => stride) as [number, number];
  const image = x as Tensor4D;
  if (group > 1 && inputs === 1) {
    const [, , ...kernel] = weight.shape;
    const each = tf.reshape(weight, [group, outputs, ...kernel]);
    const filter = tf.transpose(each, [2, 3, 0, 1]) as Tensor4D;
    return tf.depthwiseConv2d(image, filter, strides, 'valid');
  }
  const filter = tf.transpose(weight, [2, 3, 1, 0]) as Tensor4D;
  if (group === 1) return tf.conv2d(image, filter, strides, 'valid');
  const [images, filters] = [tf.split(image, group, 3), tf.split(filter, group, 3)];
  const parts = images.map((part, i) =>
    tf.conv2d(part as Tensor4D, filters[i] as Tensor4D, strides, 'valid'),
  );
  return tf.concat(parts, 3);
}

/** Conv over two axes; over one axis the other one has length 1. */
function conv(call: Call): TfTensor {
  const { tf, node } = call;
  const [x, weight] = [call.input(0), call.input(1)];
  const geometry = convGeometry(node, x.shape, weight.shape);
  const [first, second = unit] = geometry.axes;
  if (!first || geometry.axes.length > 2) return call.refuse(`convolves over ${x.rank - 2} axes`);
  const axes = [first, second];
  const ones = geometry.axes.length === 1 ? [1] : [];
  const image = padded(
    tf,
    tf.reshape(x, [...x.shape, ...ones]),
    [0, 0, ...axes.map(({ begin }) => begin)],
    [0, 0, ...axes.map(({ end }) => end)],
  );
  const kernel = dilated(
    tf,
    tf.reshape(weight, [...weight.shape, ...ones]),
    axes.map(({ dilation }) => dilation),
  );
  const result = convolve(tf, toLast(tf, image), kernel, { ...geometry, axes });
  const [, , bias] = call.inputs;
  const moved = toSecond(tf, bias ? tf.add(result, bias) : result);
  return ones.length === 0 ? moved : tf.reshape(moved, moved.shape.slice(0, 3));
}

const unit = { input: 1, output: 1, kernel: 1, stride: 1, dilation: 1, begin: 0, end: 0 };

/** Convolutions. */
export const convolutions: readonly TfRule[] = [rule('Conv', conv)];
