import type { Node } from '../../node.js';
import type { Dim } from '../../value.js';
import { sum, unknownDims } from '../dims.js';

/** Geometry of a sliding window over the spatial axes; `pads` holds all begins, then all ends. */
export interface Window {
  readonly kernel: readonly Dim[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: readonly number[];
  readonly autoPad: string;
}

/** Reads strides, dilations, pads and auto_pad; null when one has the wrong length or a stride is not positive. */
export function readWindow(node: Node, kernel: readonly Dim[]): Window | null {
  const rank = kernel.length;
  const strides = node.ints('strides') ?? Array(rank).fill(1);
  const dilations = node.ints('dilations') ?? Array(rank).fill(1);
  const pads = node.ints('pads') ?? Array(2 * rank).fill(0);
  if (strides.length !== rank || dilations.length !== rank || pads.length !== 2 * rank) return null;
  if (![...strides, ...dilations].every((step) => step > 0)) return null;
  if (kernel.some((size) => typeof size === 'number' && size <= 0)) return null;
  const autoPad = node.string('auto_pad', 'NOTSET');
  const padded = autoPad === 'NOTSET';
  return { kernel, strides, dilations, pads: padded ? pads : Array(2 * rank).fill(0), autoPad };
}

/** Output length along each spatial axis, null when the window does not fit. */
export function windowOutput(
  input: readonly Dim[] | null,
  window: Window,
  ceil = false,
): Dim[] | null {
  const rank = window.kernel.length;
  if (input === null) return unknownDims(rank);
  if (input.length !== rank) return null;
  const output = input.map((length, i) => outputLength(length, window, i, ceil));
  return output.some((length) => length === undefined) ? null : (output as Dim[]);
}

/** @returns undefined when the window is larger than the padded input. */
function outputLength(length: Dim, window: Window, axis: number, ceil: boolean): Dim | undefined {
  const stride = window.strides[axis] ?? 1;
  if (window.autoPad.startsWith('SAME')) {
    if (stride === 1) return length;
    return typeof length === 'number' ? Math.ceil(length / stride) : null;
  }
  const size = window.kernel[axis] ?? null;
  if (typeof size !== 'number') return null;
  const reach = (window.dilations[axis] ?? 1) * (size - 1);
  const begin = window.pads[axis] ?? 0;
  const end = window.pads[axis + window.kernel.length] ?? 0;
  if (typeof length !== 'number') return stride === 1 ? sum([length, begin + end - reach]) : null;
  const room = length + begin + end - reach - 1;
  if (room < 0) return undefined;
  const steps = ceil ? Math.ceil(room / stride) : Math.floor(room / stride);
  // The last window has to start inside the input or the padding before it.
  return ceil && steps * stride >= length + begin ? steps : steps + 1;
}

/** Output length along each spatial axis of the transposed convolution with this window. */
export function transposedOutput(
  input: readonly Dim[] | null,
  window: Window,
  outputPadding: readonly number[],
): Dim[] | null {
  const rank = window.kernel.length;
  if (input === null) return unknownDims(rank);
  if (input.length !== rank || outputPadding.length !== rank) return null;
  return input.map((length, i) => {
    const stride = window.strides[i] ?? 1;
    const size = window.kernel[i] ?? null;
    if (typeof size !== 'number') return null;
    const extent = (window.dilations[i] ?? 1) * (size - 1) + 1 + (outputPadding[i] ?? 0);
    const padding = (window.pads[i] ?? 0) + (window.pads[i + rank] ?? 0);
    // SAME crops what is longer than input · stride, and lengthens nothing.
    const same = window.autoPad.startsWith('SAME');
    const rest = same ? Math.min(0, extent - stride) : extent - stride - padding;
    if (typeof length !== 'number') return stride === 1 ? sum([length, rest]) : null;
    return length * stride + rest;
  });
}
