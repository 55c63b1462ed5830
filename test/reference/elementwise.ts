import type { Node } from '../../src/ir/index.js';
import { dataTypeFromCode, isFloat } from '../../src/tensor/index.js';
import { at, generate, type NdArray } from './array.js';

/** Lengths of several tensors broadcast together, as numpy does it. */
function broadcastDims(all: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...all.map((dims) => dims.length));
  return Array.from({ length: rank }, (_, axis) => {
    const lengths = all.map((dims) => dims[axis - (rank - dims.length)] ?? 1);
    const longest = lengths.find((length) => length !== 1) ?? 1;
    if (lengths.some((l) => l !== 1 && l !== longest)) throw new Error('shapes do not broadcast');
    return longest;
  });
}

/** Applies `combine` to the elements that meet at each position. */
export function broadcast(
  inputs: readonly NdArray[],
  combine: (values: readonly number[]) => number,
): NdArray {
  const dims = broadcastDims(inputs.map((a) => a.dims));
  const values = inputs.map(() => 0);
  return generate(dims, (position) => {
    for (const [k, a] of inputs.entries()) values[k] = elementThatMeets(a, position);
    return combine(values);
  });
}

/** Axes are aligned from the last one; those of length 1 repeat. */
function elementThatMeets({ dims, data }: NdArray, position: readonly number[]): number {
  const lead = position.length - dims.length;
  let flat = 0;
  for (let axis = 0; axis < dims.length; axis++) {
    const length = dims[axis] as number;
    flat = flat * length + (length === 1 ? 0 : (position[axis + lead] as number));
  }
  return data[flat] as number;
}

/** `x [N, C, …]` and one number a channel for each statistic. */
export function batchNormalization(node: Node, inputs: readonly NdArray[]): NdArray {
  const [x, scale, bias, mean, variance] = inputs as [NdArray, NdArray, NdArray, NdArray, NdArray];
  if (node.int('training_mode', 0) !== 0) throw new Error('BatchNormalization: training mode');
  const epsilon = node.float('epsilon', 1e-5);
  return generate(x.dims, (position) => {
    const of = (a: NdArray): number => a.data[position[1] as number] as number;
    return (
      ((at(x, position) - of(mean)) / Math.sqrt(of(variance) + epsilon)) * of(scale) + of(bias)
    );
  });
}

/** Casts to a float type keep the number as it is: in float64 nothing is rounded. */
export function cast(node: Node, x: NdArray): NdArray {
  const to = dataTypeFromCode(node.int('to', 0));
  if (to === null || !isFloat(to)) throw new Error(`Cast to ${to}`);
  return x;
}
