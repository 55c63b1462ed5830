import { byteLength, elementCount, Tensor } from '../../tensor/index.js';

/** A constant with its axes in another order: axis i of the result is axis `perm[i]` of the tensor. */
export function permute(tensor: Tensor, perm: readonly number[]): Tensor {
  if (perm.every((axis, i) => axis === i)) return tensor;
  const { dtype, dims: from, bytes } = tensor;
  const dims = perm.map((axis) => from[axis] as number);
  const steps = perm.map((axis) => elementCount(from.slice(axis + 1)));
  const width = byteLength(dtype, 1);
  const out = new Uint8Array(bytes.length);
  const index = new Array<number>(dims.length).fill(0);
  let source = 0;
  for (let target = 0; target < out.length; target += width) {
    for (let i = 0; i < width; i++) out[target + i] = bytes[source * width + i] as number;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      const step = steps[axis] as number;
      const next = (index[axis] as number) + 1;
      source += step;
      if (next < (dims[axis] as number)) {
        index[axis] = next;
        break;
      }
      source -= step * next;
      index[axis] = 0;
    }
  }
  return new Tensor(dtype, dims, out);
}

/** The same elements under other lengths. */
export const reshaped = (tensor: Tensor, dims: readonly number[]): Tensor =>
  new Tensor(tensor.dtype, dims, tensor.bytes);
