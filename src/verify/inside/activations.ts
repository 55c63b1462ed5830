import { elementCount, isFloat, Tensor, uniform } from '../../tensor/index.js';

/** Of so many random positions in a channel the one with the largest element is kept. */
const candidates = 8;

/** Of tensors without spatial axes one element in so many is kept. */
const thinning = 16;

function strongest(
  values: ArrayLike<number>,
  start: number,
  length: number,
  random: () => number,
): number {
  let best = start + Math.floor(random() * length);
  for (let i = 1; i < candidates; i++) {
    const at = start + Math.floor(random() * length);
    if (Math.abs(values[at] as number) > Math.abs(values[best] as number)) best = at;
  }
  return best;
}

function thin(tensor: Tensor, random: () => number): Tensor {
  const { dtype, dims } = tensor;
  const values = tensor.toFloats();
  const kept = values.slice().fill(0);
  if (dims.length > 2) {
    const pixels = elementCount(dims.slice(2));
    for (let start = 0; pixels > 0 && start < values.length; start += pixels) {
      const at = strongest(values, start, pixels, random);
      kept[at] = values[at] as number;
    }
  } else {
    for (let i = 0; i < values.length; i++) {
      if (random() * thinning < 1) kept[i] = values[i] as number;
    }
  }
  return Tensor.fromNumbers(dtype, dims, kept);
}

/**
 * Keeps one element of every channel [N, C, ...spatial], or a few of a matrix, and makes all others zero. An output
 * then sees few weights, none of which can hide behind the rounding errors of thousands of others, and the elements
 * still are such as occur in the network.
 */
export function sparseActivations(
  tensors: ReadonlyMap<string, Tensor>,
  seed: number,
): Map<string, Tensor> {
  const random = uniform(seed);
  return new Map(
    [...tensors].map(([name, tensor]) => [
      name,
      isFloat(tensor.dtype) ? thin(tensor, random) : tensor,
    ]),
  );
}

/** Share of the elements that are not zero. */
export function density(tensor: Tensor): number {
  if (!isFloat(tensor.dtype) || tensor.size === 0) return 1;
  const values = tensor.toFloats();
  let nonzero = 0;
  for (let i = 0; i < values.length; i++) if (values[i] !== 0) nonzero++;
  return nonzero / tensor.size;
}
