import type { AffineMap, Step } from '../affine.js';
import { diagonalKernel } from '../kernel.js';
import { pointWindow } from '../window.js';

/** `y[c] = scale[c] · x[c] + bias[c]` as a step on top of `map`. */
export function diagonalStep(
  map: AffineMap,
  label: string,
  scale: () => Float64Array,
  bias: (() => Float64Array) | null,
): Step {
  const rank = map.axes.length;
  return {
    label,
    layout: map.layout,
    transposed: false,
    inputs: map.outputs,
    outputs: map.outputs,
    group: map.outputs,
    axes: Array.from({ length: rank }, () => pointWindow),
    weights: () => diagonalKernel(scale(), rank),
    bias,
  };
}

export const ones = (channels: number): Float64Array => new Float64Array(channels).fill(1);
