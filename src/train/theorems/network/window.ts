import type { Value } from '../../../ir/index.js';
import { type Branch, type ConvShape, kernelOf, type Site } from './branch.js';

export interface WindowOptions {
  readonly dilation?: number;
  readonly bias?: boolean;
}

/** A convolution with weights `[O, I', height, width]`, padded so that it is centred in the layer's kernel. */
export function centredConv(
  { builder, input, shape }: Site,
  weights: readonly Value[],
  [height, width]: readonly [number, number],
  { dilation = 1, stride = shape.stride } = {},
): Value {
  const pads = [height, width].map((length) => (dilation * (length - 1)) / 2);
  return builder.op('Conv', [input, ...weights], {
    kernel_shape: [height, width],
    strides: [stride, stride],
    dilations: [dilation, dilation],
    pads: [...pads, ...pads],
  });
}

const ones = ({ outputs }: ConvShape): Float64Array => new Float64Array(outputs).fill(1);

/** A convolution with a smaller or dilated kernel: its mask holds the taps of the layer's kernel that it has. */
export function window(height: number, width: number, options: WindowOptions = {}): Branch {
  const { dilation = 1, bias = false } = options;
  /** Which of its own taps, or −1. */
  const along = (position: number, length: number, kernel: number): number => {
    const tap = (position - (kernel - 1) / 2) / dilation + (length - 1) / 2;
    return Number.isInteger(tap) && tap >= 0 && tap < length ? tap : -1;
  };
  const tapAt = ({ kernel }: ConvShape, row: number, column: number): number => {
    const [y, x] = [along(row, height, kernel), along(column, width, kernel)];
    return y < 0 || x < 0 ? -1 : y * width + x;
  };
  return {
    build(site) {
      const { outputs, inputs } = site.shape;
      const weight = site.initializer('weight', [outputs, inputs, height, width]);
      const biases = bias ? [site.initializer('bias', [outputs], (x) => x / 8)] : [];
      return centredConv(site, [weight, ...biases], [height, width], { dilation });
    },
    kernel(shape, read) {
      const weight = read('weight');
      return kernelOf(shape, (o, i, row, column) => {
        const tap = tapAt(shape, row, column);
        const first = (o * shape.inputs + i) * height * width;
        return tap < 0 ? 0 : (weight[first + tap] as number);
      });
    },
    scaling: (shape) => kernelOf(shape, (_o, _i, y, x) => (tapAt(shape, y, x) < 0 ? 0 : 1)),
    ...(bias && { bias: { values: (_, read) => read('bias'), scaling: ones } }),
  };
}

/** `x ∗ (M ⊙ V)` with a mask M of a single tap. */
export function singleTap(row: number, column: number): Branch {
  const mask = (shape: ConvShape): Float64Array =>
    kernelOf(shape, (_o, _i, y, x) => Number(y === row && x === column));
  return {
    build(site) {
      const { outputs, inputs, kernel } = site.shape;
      const dims = [outputs, inputs, kernel, kernel];
      const weight = site.initializer('weight', dims);
      const masked = site.builder.op('Mul', [weight, site.constant(dims, mask(site.shape))]);
      return centredConv(site, [masked], [kernel, kernel]);
    },
    kernel(shape, read) {
      const [weight, taps] = [read('weight'), mask(shape)];
      return weight.map((value, i) => value * (taps[i] as number));
    },
    scaling: mask,
  };
}
