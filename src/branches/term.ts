import { internalError } from '../errors.js';
import type { Value } from '../ir/index.js';
import {
  addInto,
  applyToConstant,
  composeWindows,
  type Kernel,
  scaleRows,
  tapIndices,
  taps,
  type Window,
  zeroKernel,
} from '../linear/index.js';
import type { Parameter } from './parameters.js';

/** `y = kernel ∗ x + bias` of a block's input x, in float64; `axes` say where the taps lie. */
export interface Equivalent {
  readonly axes: readonly Window[];
  readonly kernel: Kernel;
  readonly bias: Float64Array;
}

/** A value of a block, and what it computes. The weights of the main branch count as zero in `kernel`. */
export interface Term extends Equivalent {
  readonly value: Value;
  /** What the weights of the main branch are multiplied by, an output channel each; null where it has no part. */
  readonly main: Float64Array | null;
  /** The parameter that shifts all outputs, and what it is multiplied by. */
  readonly shift: { readonly parameter: Parameter; readonly factor: Float64Array } | null;
  /**
   * Parameters [channels, …] that keep a channel of all branches but the main one from adding anything when they are
   * zero there; null when a branch has none.
   */
  readonly gates: readonly Parameter[] | null;
}

/** The kernel of each channel passed on as it is. */
export const unitKernel = (channels: number, rank: number): Kernel => ({
  outputs: channels,
  inputs: channels,
  group: channels,
  size: Array<number>(rank).fill(1),
  data: new Float64Array(channels).fill(1),
});

/** `outer ∘ inner`, where the inner map has a single tap. */
export function compose(outer: Equivalent, inner: Equivalent, group: number): Equivalent {
  if (taps(inner.kernel) !== 1) throw internalError('a block applies a kernel to a kernel');
  const bias = applyToConstant(outer.kernel, inner.bias, false);
  return {
    axes: outer.axes.map((window, i) => composeWindows(window, inner.axes[i] as Window)),
    kernel: composeKernels(outer.kernel, inner.kernel, group),
    bias: bias.map((value, o) => value + (outer.bias[o] as number)),
  };
}

function composeKernels(outer: Kernel, inner: Kernel, group: number): Kernel {
  const target = zeroKernel(outer.outputs, inner.inputs, group, outer.size);
  const volume = taps(outer);
  const middle = outer.inputs / outer.group;
  const inputs = inner.inputs / inner.group;
  const width = inner.inputs / group;
  // One row a tap: the innermost loop runs over neighbours in memory.
  const rows = Array.from({ length: volume }, () => new Float64Array(width));
  for (let o = 0; o < outer.outputs; o++) {
    const firstMiddle = Math.floor(o / (outer.outputs / outer.group)) * middle;
    const firstTarget = Math.floor(o / (outer.outputs / group)) * width;
    for (const row of rows) row.fill(0);
    for (let m = 0; m < middle; m++) {
      const channel = firstMiddle + m;
      const firstInput = Math.floor(channel / (inner.outputs / inner.group)) * inputs;
      const weights = inner.data.subarray(channel * inputs, (channel + 1) * inputs);
      for (const [t, row] of rows.entries()) {
        const factor = outer.data[(o * middle + m) * volume + t] as number;
        if (factor !== 0) addScaled(row, weights, factor, firstInput - firstTarget);
      }
    }
    const to = o * width * volume;
    for (const [t, row] of rows.entries()) {
      for (let i = 0; i < width; i++) target.data[to + i * volume + t] = row[i] as number;
    }
  }
  return target;
}

function addScaled(row: Float64Array, weights: Float64Array, factor: number, start: number): void {
  for (let i = 0; i < weights.length; i++) {
    row[start + i] = (row[start + i] as number) + factor * (weights[i] as number);
  }
}

/** `factor · map + offset`, an output channel each. */
export function scaleMap(
  map: Equivalent,
  factor: Float64Array,
  offset: Float64Array | null,
): Equivalent {
  const kernel = { ...map.kernel, data: map.kernel.data.slice() };
  scaleRows(kernel, factor);
  const bias = map.bias.map((b, o) => b * (factor[o] as number) + (offset?.[o] ?? 0));
  return { axes: map.axes, kernel, bias };
}

/** A term whose value is multiplied and shifted, an output channel each; the caller gives the new value. */
export function rescaled(x: Term, factor: Float64Array, offset: Float64Array | null = null): Term {
  const times = (vector: Float64Array) => vector.map((v, c) => v * (factor[c] as number));
  return {
    ...x,
    ...scaleMap(x, factor, offset),
    main: x.main && times(x.main),
    shift: x.shift && { ...x.shift, factor: times(x.shift.factor) },
  };
}

/** A sum of maps on the grid of taps `axes`, as a kernel of `group` groups. */
export function sumMaps(
  maps: readonly Equivalent[],
  axes: readonly Window[],
  group: number,
): Equivalent {
  const [first] = maps;
  if (!first) throw internalError('a block without branches');
  const size = axes.map((window) => window.size);
  const { outputs, inputs } = first.kernel;
  const kernel = zeroKernel(outputs, inputs, group, size);
  const bias = new Float64Array(outputs);
  for (const map of maps) {
    const placed = tapIndices(map.kernel.size, size, ...placement(map.axes, axes));
    addInto(kernel, map.kernel, placed, 1);
    for (const [o, value] of map.bias.entries()) bias[o] = (bias[o] as number) + value;
  }
  return { axes, kernel, bias };
}

function placement(inner: readonly Window[], outer: readonly Window[]): [number[], number[]] {
  const start: number[] = [];
  const step: number[] = [];
  for (const [i, window] of inner.entries()) {
    const grid = outer[i] as Window;
    const first = (window.offset - grid.offset) / grid.dilation;
    const distance = window.size > 1 ? window.dilation / grid.dilation : 0;
    const last = first + distance * (window.size - 1);
    const fits = Number.isInteger(first) && Number.isInteger(distance) && first >= 0;
    if (!fits || last >= grid.size || window.extent !== grid.extent) {
      throw internalError('a branch that sees another window than its block');
    }
    start.push(first);
    step.push(distance);
  }
  return [start, step];
}
