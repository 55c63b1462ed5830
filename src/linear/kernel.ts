import { internalError } from '../errors.js';
import { elementCount } from '../tensor/index.js';
import type { Reach } from './reach.js';

/** Weights as a model holds them, [outputs, inputs / group, ...size]. */
export interface Weights {
  readonly outputs: number;
  readonly inputs: number;
  readonly group: number;
  readonly size: readonly number[];
  readonly data: Float64Array | Float32Array;
}

/** Weights in float64. */
export interface Kernel extends Weights {
  readonly data: Float64Array;
}

export function zeroKernel(
  outputs: number,
  inputs: number,
  group: number,
  size: readonly number[],
): Kernel {
  const length = outputs * (inputs / group) * elementCount(size);
  return { outputs, inputs, group, size, data: new Float64Array(length) };
}

/** Per-channel factors as a kernel. */
export function diagonalKernel(scale: Float64Array, rank: number): Kernel {
  const channels = scale.length;
  return {
    outputs: channels,
    inputs: channels,
    group: channels,
    size: Array<number>(rank).fill(1),
    data: scale,
  };
}

export const taps = (kernel: Weights): number => elementCount(kernel.size);

/**
 * Where each tap of a kernel lands in a larger grid.
 * @param start index of the first tap in the target, an axis each
 * @param step distance between taps in the target, an axis each
 */
export function tapIndices(
  size: readonly number[],
  target: readonly number[],
  start: readonly number[],
  step: readonly number[],
): Int32Array {
  const out = new Int32Array(elementCount(size));
  const index = Array<number>(size.length).fill(0);
  for (let t = 0; t < out.length; t++) {
    let flat = 0;
    for (let axis = 0; axis < size.length; axis++) {
      const at = (start[axis] as number) + (step[axis] as number) * (index[axis] as number);
      flat = flat * (target[axis] as number) + at;
    }
    out[t] = flat;
    for (let axis = size.length - 1; axis >= 0; axis--) {
      index[axis] = (index[axis] as number) + 1;
      if ((index[axis] as number) < (size[axis] as number)) break;
      index[axis] = 0;
    }
  }
  return out;
}

/**
 * Outside the planned block only what the plan knows to be zero may lie. Times an infinite weight, a zero is NaN: then
 * the block itself is not finite, which is refused in the end.
 */
export function expectZero(weight: number): void {
  if (weight !== 0 && !Number.isNaN(weight)) {
    throw internalError('a weight outside its planned group');
  }
}

/** `target += factor · source`, source's taps at `tapAt`, source's output rows starting at `row`. */
export function addInto(
  target: Kernel,
  source: Kernel,
  tapAt: Int32Array,
  factor: number,
  row = 0,
): void {
  const inputsPerGroup = source.inputs / source.group;
  const rowsPerGroup = source.outputs / source.group;
  const targetInputs = target.inputs / target.group;
  const targetRows = target.outputs / target.group;
  const targetTaps = taps(target);
  let at = 0;
  if (source.data.length === target.data.length && source.group === target.group) {
    // No part of the target is left over, so that every tap has its place already.
    for (; at < source.data.length; at++) {
      target.data[at] = (target.data[at] as number) + factor * (source.data[at] as number);
    }
    return;
  }
  for (let o = 0; o < source.outputs; o++) {
    const firstInput = Math.floor(o / rowsPerGroup) * inputsPerGroup;
    const firstTarget = Math.floor((o + row) / targetRows) * targetInputs;
    for (let i = 0; i < inputsPerGroup; i++) {
      const local = firstInput + i - firstTarget;
      if (local < 0 || local >= targetInputs) {
        for (let t = 0; t < tapAt.length; t++) expectZero(source.data[at++] as number);
        continue;
      }
      const base = ((o + row) * targetInputs + local) * targetTaps;
      for (let t = 0; t < tapAt.length; t++) {
        const place = base + (tapAt[t] as number);
        target.data[place] =
          (target.data[place] as number) + factor * (source.data[at++] as number);
      }
    }
  }
}

/** Output rows of `kernel` in the order given, as a kernel of `group` groups. */
export function selectRows(kernel: Kernel, rows: readonly number[], group: number): Kernel {
  const target = zeroKernel(rows.length, kernel.inputs, group, kernel.size);
  const volume = taps(kernel);
  const sourceInputs = kernel.inputs / kernel.group;
  const sourceRows = kernel.outputs / kernel.group;
  const targetInputs = kernel.inputs / group;
  const targetRows = rows.length / group;
  rows.forEach((row, o) => {
    const firstInput = Math.floor(row / sourceRows) * sourceInputs;
    const firstTarget = Math.floor(o / targetRows) * targetInputs;
    for (let i = 0; i < sourceInputs; i++) {
      const local = firstInput + i - firstTarget;
      const from = (row * sourceInputs + i) * volume;
      const weights = kernel.data.subarray(from, from + volume);
      if (local >= 0 && local < targetInputs) {
        target.data.set(weights, (o * targetInputs + local) * volume);
      } else {
        weights.forEach(expectZero);
      }
    }
  });
  return target;
}

/** Multiplies the weights of each output in place. */
export function scaleRows(kernel: Kernel, factors: ArrayLike<number>): void {
  const row = kernel.data.length / kernel.outputs;
  let at = 0;
  for (let o = 0; o < kernel.outputs; o++) {
    const factor = factors[o] as number;
    for (const end = at + row; at < end; at++) {
      kernel.data[at] = factor * (kernel.data[at] as number);
    }
  }
}

/** The dependences that the weights really have, for finding finer groups than the plan could know. */
export function kernelReach(kernel: Kernel): Reach {
  const volume = taps(kernel);
  const inputs = kernel.inputs / kernel.group;
  const rows = kernel.outputs / kernel.group;
  const low = new Int32Array(kernel.outputs);
  const high = new Int32Array(kernel.outputs);
  for (let o = 0; o < kernel.outputs; o++) {
    const first = Math.floor(o / rows) * inputs;
    const row = kernel.data.subarray(o * inputs * volume, (o + 1) * inputs * volume);
    const from = row.findIndex((w) => w !== 0);
    if (from < 0) continue;
    const to = row.findLastIndex((w) => w !== 0);
    low[o] = first + Math.floor(from / volume);
    high[o] = first + Math.floor(to / volume) + 1;
  }
  return { low, high };
}
