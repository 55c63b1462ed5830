import { accept, refuse, type Verdict } from '../errors.js';
import type { Node, Value } from '../ir/index.js';
import { type Kernel, padsBegin, padsEnd, type Window, windowFromPads } from '../linear/index.js';
import { type DataType, isFloat } from '../tensor/index.js';
import { constantOf, type Norm, normAfter } from './norm.js';

/** A Conv that may become a block. */
export interface ConvSite {
  readonly node: Node;
  readonly input: Value;
  /** The weight as the Conv reads it. */
  readonly weight: Value;
  readonly dtype: DataType;
  readonly kernel: Kernel;
  readonly bias: Float64Array | null;
  /** One window a spatial axis. */
  readonly axes: readonly Window[];
  /** The BatchNormalization that alone reads the Conv. */
  readonly norm: { readonly node: Node; readonly norm: Norm } | null;
}

/** What the Conv computes and with which constants. Refuses what is not constant, shared or depends on the image. */
export function readConvSite(node: Node): Verdict<ConvSite> {
  const [input, weight, bias] = node.inputs;
  const [output] = node.outputs;
  if (!input || !weight || !output) return refuse('an operand is missing');
  const tensor = constantOf(weight);
  if (!tensor) return refuse('its weight is computed, not constant');
  if (!isFloat(tensor.dtype)) return refuse(`its weight is of type ${tensor.dtype}`);
  if (isShared(weight)) return refuse('its weight is used by other nodes too');
  const [outputs = 0, inputs = 0, ...size] = tensor.dims;
  if (size.length === 0) return refuse('its weight has no spatial axis');
  const axes = windowsOf(node, size);
  if (!axes.ok) return axes;
  const shift = bias ? constantOf(bias) : null;
  if (bias && !shift) return refuse('its bias is computed, not constant');
  const group = node.int('group', 1);
  return accept({
    node,
    input,
    weight,
    dtype: tensor.dtype,
    kernel: { outputs, inputs: inputs * group, group, size, data: tensor.toNumbers() },
    bias: shift?.toNumbers() ?? null,
    axes: axes.value,
    norm: normAfter(output, outputs),
  });
}

/** A block would untie what was tied. */
function isShared(weight: Value): boolean {
  if (weight.users.size > 1 || weight.outputOf.size > 0) return true;
  const [source] = weight.producer?.is('Identity') ? weight.producer.inputs : [];
  return source ? isShared(source) : false;
}

function windowsOf(node: Node, size: readonly number[]): Verdict<Window[]> {
  const automatic = node.string('auto_pad', 'NOTSET');
  if (automatic.startsWith('SAME')) {
    return refuse(`its borders depend on the size of the image (auto_pad ${automatic})`);
  }
  const pads = automatic === 'VALID' ? null : node.ints('pads');
  const [strides, dilations] = [node.ints('strides'), node.ints('dilations')];
  const windows = size.map((length, axis) =>
    windowFromPads(
      length,
      strides?.[axis] ?? 1,
      dilations?.[axis] ?? 1,
      pads?.[axis] ?? 0,
      pads?.[size.length + axis] ?? 0,
    ),
  );
  return accept(windows);
}

/**
 * The windows of a smaller kernel in the middle of a Conv's own.
 * @param dilation in steps between the Conv's taps
 * @returns null when it does not fit, or there is no middle.
 */
export function centredWindows(
  site: ConvSite,
  kernel: readonly number[],
  dilation: readonly number[],
): Window[] | null {
  const windows: Window[] = [];
  for (const [axis, own] of site.axes.entries()) {
    const size = kernel[axis] ?? 1;
    const step = size > 1 ? (dilation[axis] ?? 1) : 1;
    const start = (own.size - 1 - step * (size - 1)) / 2;
    if (start < 0 || !Number.isInteger(start)) return null;
    windows.push({
      ...own,
      size,
      dilation: size > 1 ? step * own.dilation : 1,
      offset: own.offset + own.dilation * start,
    });
  }
  return windows;
}

/** The image itself with as much border as a window reads beyond it. */
export function paddedWindow(window: Window): Window {
  const begin = Math.max(0, padsBegin(window));
  const end = Math.max(0, padsEnd(window));
  return { stride: 1, offset: 0 - begin, dilation: 1, size: 1, extent: begin + end };
}

/** What is left to do for `target` on an image that `inner` has padded. */
export const remainingWindows = (target: readonly Window[], inner: readonly Window[]): Window[] =>
  target.map((window, i) => ({
    ...window,
    offset: window.offset - (inner[i]?.offset ?? 0),
    extent: window.extent - (inner[i]?.extent ?? 0),
  }));

/** Whether the Conv's input could be added to its output, channel by channel. */
export const canBeIdentity = ({ kernel, axes }: ConvSite): boolean =>
  kernel.outputs === kernel.inputs && axes.every(({ stride }) => stride === 1);

export const sizeText = (size: readonly number[]): string => size.join('×');

/** Accepts kernels with a middle and more than one tap. */
export function hasMiddle({ kernel }: ConvSite): Verdict<void> {
  const text = sizeText(kernel.size);
  if (kernel.size.every((length) => length === 1)) {
    return refuse(`its kernel is ${text}: there is nothing smaller to put beside it`);
  }
  if (kernel.size.some((length) => length % 2 === 0)) {
    return refuse(`its kernel is ${text}: an even kernel has no middle`);
  }
  return accept(undefined);
}
