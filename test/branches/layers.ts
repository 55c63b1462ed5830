import { float, GraphBuilder, type Model, type Value } from '../../src/ir/index.js';
import { elementCount, normal, Tensor, uniform } from '../../src/tensor/index.js';
import type { Choices } from '../reference/choices.js';

/** A Conv, what may follow it, and the image that it reads. */
export interface Layer {
  readonly image: readonly number[];
  readonly outputs: number;
  readonly group: number;
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: readonly number[];
  readonly bias: boolean;
  readonly norm: boolean;
  readonly seed: number;
  readonly dtype?: 'float32' | 'float64';
}

export const plainLayer: Layer = {
  image: [4, 7, 8],
  outputs: 4,
  group: 1,
  kernel: [3, 3],
  strides: [1, 1],
  dilations: [1, 1],
  pads: [1, 1, 1, 1],
  bias: false,
  norm: true,
  seed: 1,
};

/** Relu(norm(conv(x))) under PyTorch's names. */
export function layerModel(layer: Layer): Model {
  const { image, outputs, group, kernel, norm, dtype = 'float32' } = layer;
  const next = normal(layer.seed);
  const b = new GraphBuilder();
  const numbers = (name: string, dims: readonly number[], draw: () => number): Value =>
    b.constant(
      Tensor.fromNumbers(dtype, dims, Float64Array.from({ length: elementCount(dims) }, draw)),
      name,
    );
  const x = b.input('x', ['N', ...image], dtype);
  const inputs = (image[0] ?? 1) / group;
  const operands = [x, numbers('conv.weight', [outputs, inputs, ...kernel], () => next() / 3)];
  if (layer.bias) operands.push(numbers('conv.bias', [outputs], next));
  const { strides, dilations, pads } = layer;
  let y = b.op('Conv', operands, { strides, dilations, pads, group }, { name: 'conv' });
  if (norm) {
    const positive = uniform(layer.seed);
    const parts = [
      numbers('bn.weight', [outputs], () => 0.5 + positive()),
      numbers('bn.bias', [outputs], next),
      numbers('bn.running_mean', [outputs], next),
      numbers('bn.running_var', [outputs], () => 0.5 + positive()),
    ];
    const attributes = { epsilon: float(2 ** -10), momentum: float(0.9) };
    y = b.op('BatchNormalization', [y, ...parts], attributes, { name: 'bn' });
  }
  b.output(b.op('Relu', [y], {}, { name: 'relu' }));
  return b.model();
}

/** A layer for a block type: which kernels it takes depends on the type. */
export function randomLayer(choices: Choices, kernels: readonly (readonly number[])[]): Layer {
  const kernel = choices.of(...(kernels as [readonly number[], ...(readonly number[])[]]));
  const strides = kernel.map(() => choices.of(1, 1, 2));
  const dilations = kernel.map((size) => (size > 5 ? 1 : choices.of(1, 1, 2)));
  const spans = kernel.map((size, i) => (dilations[i] ?? 1) * (size - 1));
  const half = spans.map((span) => Math.floor(span / 2));
  const pads = choices.of<readonly number[]>(
    [...half, ...spans.map((span, i) => span - (half[i] ?? 0))],
    spans
      .flatMap((span) => [choices.below(span + 2)])
      .concat(spans.map((s) => choices.below(s + 2))),
    spans.concat(spans).map(() => 0),
  );
  const group = choices.of(1, 1, 2, 4);
  const outputs = choices.of(4, 4, 8);
  return {
    image: [4, ...spans.map((span) => span + 1 + choices.below(4))],
    outputs,
    group,
    kernel,
    strides,
    dilations,
    pads,
    bias: choices.of(true, false),
    norm: choices.of(true, false),
    seed: choices.below(1000),
  };
}
