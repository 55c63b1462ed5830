import type { ConvWindow, FeatureMap } from '../../src/sgs/index.js';
import { elementCount, normal } from '../../src/tensor/index.js';

/** Stride 1, and as many pads on either side as keep the length, unless said otherwise. */
export function windowOf(kernel: readonly number[], changes: Partial<ConvWindow> = {}): ConvWindow {
  const same = (value: number) => kernel.map(() => value);
  const dilations = changes.dilations ?? same(1);
  const total = kernel.map((taps, axis) => (taps - 1) * (dilations[axis] as number));
  return {
    kernel,
    strides: same(1),
    dilations,
    padsBegin: total.map((pads) => Math.floor(pads / 2)),
    padsEnd: total.map((pads) => Math.ceil(pads / 2)),
    ...changes,
  };
}

export function noise(dims: readonly number[], seed = 1): FeatureMap {
  const next = normal(seed);
  return { data: Float32Array.from({ length: elementCount(dims) }, next), dims };
}

/** Fields of variance 1 in which values `a` rows and `b` columns apart correlate by `down^a · right^b`. */
export function correlated(
  dims: readonly [number, number, number, number],
  [down, right]: readonly [number, number],
  seed = 1,
): FeatureMap {
  const { data } = noise(dims, seed);
  const [, , height, width] = dims;
  const mix = (at: number, distance: number, by: number): void => {
    const before = data[at - distance] as number;
    data[at] = by * before + Math.sqrt(1 - by * by) * (data[at] as number);
  };
  for (let at = 0; at < data.length; at++) if (at % width > 0) mix(at, 1, right);
  for (let at = 0; at < data.length; at++) {
    if (Math.floor(at / width) % height > 0) mix(at, width, down);
  }
  return { data, dims };
}

export const mapped = ({ data, dims }: FeatureMap, change: (value: number) => number) => ({
  data: data.map(change),
  dims,
});

export const meanOf = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
