import { internalError } from '../errors.js';
import { elementCount } from '../tensor/index.js';
import type { Reach } from './reach.js';

/** Weights in float64, [outputs, inputs / group, ...size]. */
export interface Kernel {
  readonly outputs: number;
  readonly inputs: number;
  readonly group: number;
  readonly size: readonly number[];
  readonly data: Float64Array;
}

/** Row-major `[m, k] · [k, n]` in float64. */
export type MatrixProduct = (
  a: Float64Array,
  b: Float64Array,
  m: number,
  k: number,
  n: number,
) => Promise<Float64Array>;

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

export const taps = (kernel: Kernel): number => elementCount(kernel.size);

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
  for (let o = 0; o < source.outputs; o++) {
    const firstInput = Math.floor(o / rowsPerGroup) * inputsPerGroup;
    const firstTarget = Math.floor((o + row) / targetRows) * targetInputs;
    for (let i = 0; i < inputsPerGroup; i++) {
      const local = firstInput + i - firstTarget;
      if (local < 0 || local >= targetInputs) {
        // Outside the planned block only what the plan knows to be zero may lie.
        for (let t = 0; t < tapAt.length; t++) {
          if (source.data[at++] !== 0) throw internalError('a weight outside its planned group');
        }
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
      } else if (weights.some((w) => w !== 0)) {
        throw internalError('a weight outside its planned group');
      }
    }
  });
  return target;
}

/** `outer ∘ inner` on the grid `target`; `place[tOuter · tapsInner + tInner]` is the tap a pair of taps lands on. */
export async function composeKernels(
  outer: Kernel,
  inner: Kernel,
  target: Kernel,
  place: Int32Array,
  product: MatrixProduct,
): Promise<void> {
  const rows = outer.outputs / outer.group;
  const middle = outer.inputs / outer.group;
  const innerMiddle = inner.outputs / inner.group;
  for (let j = 0; j < outer.group; j++) {
    const firstInner = Math.floor((j * middle) / innerMiddle);
    const lastInner = Math.floor(((j + 1) * middle - 1) / innerMiddle);
    for (let l = firstInner; l <= lastInner; l++) {
      const from = Math.max(j * middle, l * innerMiddle);
      const to = Math.min((j + 1) * middle, (l + 1) * innerMiddle);
      const left = gatherLeft(outer, j * rows, rows, from - j * middle, to - j * middle);
      const right = gatherRight(inner, from, to);
      const columns = (inner.inputs / inner.group) * taps(inner);
      const block = await product(left, right, rows * taps(outer), to - from, columns);
      scatterBlock(target, block, place, {
        row: j * rows,
        rows,
        outerTaps: taps(outer),
        input: (l * inner.inputs) / inner.group,
        inputs: inner.inputs / inner.group,
        innerTaps: taps(inner),
      });
    }
  }
}

/** Rows of the outer kernel as a matrix [rows · taps, middle channels from … to). */
function gatherLeft(
  outer: Kernel,
  row: number,
  rows: number,
  from: number,
  to: number,
): Float64Array {
  const volume = taps(outer);
  const inputs = outer.inputs / outer.group;
  const width = to - from;
  const out = new Float64Array(rows * volume * width);
  for (let r = 0; r < rows; r++) {
    for (let m = from; m < to; m++) {
      const at = ((row + r) * inputs + m) * volume;
      for (let t = 0; t < volume; t++) {
        out[(r * volume + t) * width + m - from] = outer.data[at + t] as number;
      }
    }
  }
  return out;
}

/** Output channels from … to) of the inner kernel as a matrix [channels, inputs · taps]: its own layout. */
function gatherRight(inner: Kernel, from: number, to: number): Float64Array {
  const width = (inner.inputs / inner.group) * taps(inner);
  return inner.data.subarray(from * width, to * width);
}

interface Block {
  readonly row: number;
  readonly rows: number;
  readonly outerTaps: number;
  readonly input: number;
  readonly inputs: number;
  readonly innerTaps: number;
}

function scatterBlock(target: Kernel, values: Float64Array, place: Int32Array, block: Block): void {
  const targetInputs = target.inputs / target.group;
  const targetRows = target.outputs / target.group;
  const volume = taps(target);
  let at = 0;
  for (let r = 0; r < block.rows; r++) {
    const o = block.row + r;
    const first = Math.floor(o / targetRows) * targetInputs;
    for (let tOuter = 0; tOuter < block.outerTaps; tOuter++) {
      for (let i = 0; i < block.inputs; i++) {
        const local = block.input + i - first;
        const inside = local >= 0 && local < targetInputs;
        const base = (o * targetInputs + local) * volume;
        for (let tInner = 0; tInner < block.innerTaps; tInner++) {
          const value = values[at++] as number;
          if (inside) {
            const index = base + (place[tOuter * block.innerTaps + tInner] as number);
            target.data[index] = (target.data[index] as number) + value;
          } else if (value !== 0) {
            throw internalError('a weight outside its planned group');
          }
        }
      }
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
