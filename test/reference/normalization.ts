import type { Node } from '../../src/ir/index.js';
import { at, count, generate, type NdArray, normalizeAxis, zeros } from './array.js';

type Inputs = readonly (NdArray | null)[];

/** Mean and `1 / √(variance + epsilon)` of numbers. */
function moments(values: Float64Array, epsilon: number): { mean: number; inverse: number } {
  let mean = 0;
  for (const value of values) mean += value / values.length;
  let variance = 0;
  for (const value of values) variance += (value - mean) ** 2 / values.length;
  return { mean, inverse: 1 / Math.sqrt(variance + epsilon) };
}

/** Runs of consecutive elements, each with its own mean and variance. */
function normalized({ dims, data }: NdArray, size: number, epsilon: number): NdArray {
  const y = zeros(dims);
  for (let start = 0; start < data.length; start += size) {
    const { mean, inverse } = moments(data.subarray(start, start + size), epsilon);
    for (let i = start; i < start + size; i++) y.data[i] = ((data[i] as number) - mean) * inverse;
  }
  return y;
}

/** `x [N, C, …]`; scale and shift hold one number a channel, or one a group of channels. */
function group(node: Node, inputs: Inputs): NdArray {
  const [x, scale, shift] = inputs as [NdArray, NdArray, NdArray];
  const [, channels = 1, ...spatial] = x.dims;
  const groups = node.is('InstanceNormalization') ? channels : node.int('num_groups', 1);
  const size = (channels / groups) * count(spatial);
  const normal = normalized(x, size, node.float('epsilon', 1e-5));
  const each = channels / scale.data.length;
  return generate(x.dims, (position) => {
    const i = Math.floor((position[1] as number) / each);
    return at(normal, position) * (scale.data[i] as number) + (shift.data[i] as number);
  });
}

/** Scale and shift are broadcast to the last axes of x. */
function layer(node: Node, inputs: Inputs): NdArray[] {
  const [x, scale, shift] = inputs as [NdArray, NdArray, NdArray | null];
  const axis = normalizeAxis(node.int('axis', -1), x.dims.length);
  const size = count(x.dims.slice(axis));
  const epsilon = node.float('epsilon', 1e-5);
  const normal = normalized(x, size, epsilon);
  const of = (a: NdArray, position: readonly number[]): number => {
    const last = position.slice(position.length - a.dims.length);
    return at(
      a,
      last.map((p, i) => (a.dims[i] === 1 ? 0 : p)),
    );
  };
  const y = generate(x.dims, (position) => {
    const scaled = at(normal, position) * of(scale, position);
    return shift ? scaled + of(shift, position) : scaled;
  });
  const dims = x.dims.map((length, i) => (i < axis ? length : 1));
  const [mean, inverse] = [zeros(dims), zeros(dims)];
  for (let i = 0; i < mean.data.length; i++) {
    const found = moments(x.data.subarray(i * size, (i + 1) * size), epsilon);
    mean.data[i] = found.mean;
    inverse.data[i] = found.inverse;
  }
  return [y, mean, inverse];
}

/** `x · (bias + α/size · Σ x²)^−β`, summed over near channels. */
function localResponse(node: Node, inputs: Inputs): NdArray {
  const [x] = inputs as [NdArray];
  const size = node.int('size', 1);
  const [low, high] = [Math.floor((size - 1) / 2), Math.ceil((size - 1) / 2)];
  const [alpha, beta] = [node.float('alpha', 1e-4), node.float('beta', 0.75)];
  const channels = x.dims[1] as number;
  return generate(x.dims, (position) => {
    const c = position[1] as number;
    let sum = 0;
    for (let i = Math.max(0, c - low); i <= Math.min(channels - 1, c + high); i++) {
      sum += at(x, position.with(1, i)) ** 2;
    }
    return at(x, position) / (node.float('bias', 1) + (alpha / size) * sum) ** beta;
  });
}

/** Operators of which onnxruntime has no kernel for doubles, or one that cancels. */
export const normalizations: Readonly<
  Record<string, (node: Node, inputs: Inputs) => NdArray | NdArray[]>
> = {
  GroupNormalization: group,
  InstanceNormalization: group,
  LayerNormalization: layer,
  LRN: localResponse,
};
