import { elementCount, isFloat, Tensor, uniform } from '../../tensor/index.js';

/** Of so many random positions the one with the largest element is kept. */
const candidates = 16;

/** One element in so many is few enough, for an axis of any length. */
const rarity = 256;

/** One of several rounds of thinned tensors, which together keep something of every channel. */
export interface Round {
  readonly index: number;
  readonly count: number;
}

/** A tensor [N, ...] seen as images of `lengths`, `strides` elements apart. */
interface Images {
  readonly batch: number;
  readonly size: number;
  readonly lengths: readonly number[];
  readonly strides: readonly number[];
}

function imagesOf(dims: readonly number[]): Images {
  const [batch = 1, ...lengths] = dims.length > 1 ? dims : [1, ...dims];
  const strides = lengths.map((_, axis) => elementCount(lengths.slice(axis + 1)));
  return { batch, size: elementCount(lengths), lengths, strides };
}

/**
 * A coordinate in the middle half of an axis, where all of a kernel sees it, and even or odd: a convolution of stride 2
 * reads each with other weights.
 */
function coordinate(length: number, odd: boolean, random: () => number): number {
  const margin = Math.floor(length / 4);
  const at = margin + Math.floor(random() * (length - 2 * margin));
  const wanted = at - (at % 2) + (odd ? 1 : 0);
  return wanted < length ? wanted : at;
}

/**
 * Keeps the strongest of some elements for every index along an axis that is due in this round. A channel that is zero
 * for these inputs need not be for others: it gets what was kept of the one before.
 */
function keepAlong(
  axis: number,
  { batch, size, lengths, strides }: Images,
  { index, count }: Round,
  random: () => number,
  values: ArrayLike<number>,
  kept: Float32Array | Float64Array,
): void {
  const length = lengths[axis] as number;
  const every = Math.min(count, Math.max(1, Math.ceil((rarity * length) / size)));
  const turn = Math.floor(index / every);
  let last = 0;
  const odd = (other: number): boolean => ((turn >> Math.max(0, other - 1)) & 1) === 1;
  for (let row = 0; row < batch * length; row++) {
    const image = Math.floor(row / length);
    if ((row + image - index) % every !== 0) continue;
    let best = -1;
    for (let i = 0; i < candidates; i++) {
      let at = image * size + (row % length) * (strides[axis] as number);
      for (const [other, many] of lengths.entries()) {
        if (other !== axis) at += coordinate(many, odd(other), random) * (strides[other] as number);
      }
      if (best < 0 || Math.abs(values[at] as number) > Math.abs(values[best] as number)) best = at;
    }
    last = (values[best] as number) || last;
    kept[best] = last;
  }
}

function thin(tensor: Tensor, round: Round, random: () => number): Tensor {
  const { dtype, dims, size } = tensor;
  if (size <= 1) return tensor;
  const images = imagesOf(dims);
  const values = tensor.toFloats();
  const kept = values.slice().fill(0);
  const axes = new Set([0, images.lengths.length - 1]);
  for (const axis of axes) keepAlong(axis, images, round, random, values, kept);
  return Tensor.fromNumbers(dtype, dims, kept);
}

/**
 * Keeps one element for each channel, whether that is the axis after the batch or the last one, and makes all others
 * zero; where a channel has few elements, only for some channels. An output then sees few weights, none of which can
 * hide behind the rounding errors of thousands of others, and the elements still are such as occur in the network.
 * Tensors that are the same stay the same: a model may compute a value twice, and another one read either of them.
 */
export function sparseActivations(
  tensors: ReadonlyMap<string, Tensor>,
  round: Round,
  seed: number,
): Map<string, Tensor> {
  const random = uniform(seed * 1009 + round.index);
  const done = new Map<string, { readonly tensor: Tensor; readonly thinned: Tensor }[]>();
  const thinOnce = (tensor: Tensor): Tensor => {
    const key = `${tensor.dtype} ${tensor.dims} ${sampleOf(tensor)}`;
    const alike = done.get(key) ?? [];
    const known = alike.find((other) => other.tensor.equals(tensor));
    if (known) return known.thinned;
    const thinned = thin(tensor, round, random);
    done.set(key, [...alike, { tensor, thinned }]);
    return thinned;
  };
  return new Map(
    [...tensors].map(([name, tensor]) => [name, isFloat(tensor.dtype) ? thinOnce(tensor) : tensor]),
  );
}

/** A few elements in the middle, where hardly any tensor is like another. */
function sampleOf(tensor: Tensor): string {
  const start = Math.floor(tensor.size / 2);
  return tensor
    .part(start, Math.min(start + 8, tensor.size))
    .toFloats()
    .join();
}

/** Share of the elements that are not zero. */
export function density(tensor: Tensor): number {
  if (!isFloat(tensor.dtype) || tensor.size === 0) return 1;
  const values = tensor.toFloats();
  let nonzero = 0;
  for (let i = 0; i < values.length; i++) if (values[i] !== 0) nonzero++;
  return nonzero / tensor.size;
}
