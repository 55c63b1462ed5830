import { accept, refuse, type Verdict } from '../errors.js';
import {
  type AffineMap,
  applyToConstant,
  type Evaluation,
  kernelOf,
  memoize,
  type Shift,
  type Step,
} from './affine.js';
import { composeKernels, isDepthwise } from './compose-kernels.js';
import { type Kernel, scaleRows, tapIndices, type Weights, zeroKernel } from './kernel.js';
import { composeReach, finestGroup, groupedReach } from './reach.js';
import {
  composeWindows,
  isPoint,
  outputLength,
  outsideIsBias,
  padsEnd,
  reachOf,
  type Window,
} from './window.js';

/**
 * `step ∘ inner → one map`: exact iff the step reads no padding, or what it pads with is what the infinite plane
 * holds there.
 */
export function compose(step: Step, inner: AffineMap): Verdict<AffineMap> {
  if (step.layout !== inner.layout || step.inputs !== inner.outputs) {
    return refuse('the channels of the two do not meet', step.label);
  }
  const border =
    step.transposed || inner.transposed ? transposedBorder(step, inner) : zeroPadding(step, inner);
  if (!border.ok) return border;
  return accept(composed(step, inner, border.value));
}

/** Whether `step` reads zeros that it pads, and whether they are the plane's own values. */
function zeroPadding(step: Step, inner: AffineMap): Verdict<boolean> {
  let pads = false;
  for (const [axis, outer] of step.axes.entries()) {
    const window = inner.axes[axis] as Window;
    const length = inner.lengths[axis] ?? null;
    const begin = outer.offset < 0;
    const end = readsPastEnd(outer, length === null ? null : outputLength(window, length));
    if (begin && !outsideIsBias(window, 'begin', length))
      return refuse(seesImage(inner), step.label);
    if (end && !outsideIsBias(window, 'end', length)) return refuse(seesImage(inner), step.label);
    pads ||= begin || end;
  }
  if (pads && inner.biased && !isZero(inner.shift())) {
    return refuse(
      `it pads with zeros, but outside the image the infinite plane holds the bias of '${inner.part.label}': exact inside, wrong at the border`,
      step.label,
    );
  }
  return accept(pads);
}

const isZero = (shift: Shift): boolean => shift.bias.every((value) => value === 0);

const seesImage = (inner: AffineMap): string =>
  `it pads with zeros, but just outside its input '${inner.part.label}' still sees the image: exact inside, wrong at the border`;

/** True when the window may read positions at or after the end of an input of `length` (null: of any length). */
function readsPastEnd(w: Window, length: number | null): boolean {
  if (length === null) return padsEnd(w) > 0;
  return w.stride * (outputLength(w, length) - 1) + w.offset + reachOf(w) >= length;
}

function transposedBorder(step: Step, inner: AffineMap): Verdict<boolean> {
  if (!step.transposed && step.axes.every(isPoint)) return accept(false);
  if (step.transposed && !inner.transposed && inner.axes.every(isPoint)) {
    if (!inner.biased || isZero(inner.shift())) return accept(true);
    return refuse(
      `a transposed convolution sees zeros around its input, where the plane holds the bias of '${inner.part.label}'`,
      step.label,
    );
  }
  return refuse('a transposed convolution composes with 1×1 maps only', step.label);
}

function composed(step: Step, inner: AffineMap, pads: boolean): AffineMap {
  const reach = composeReach(groupedReach(step.outputs, step.inputs, step.group), inner.reach);
  const axes = step.axes.map((outer, axis) => composeAxis(outer, inner.axes[axis] as Window, step));
  const group = finestGroup(reach, inner.inputs);
  const { lengths, layout } = inner;
  return {
    layout,
    transposed: step.transposed || inner.transposed,
    frame: inner.frame,
    inputs: inner.inputs,
    outputs: step.outputs,
    axes,
    lengths,
    reach,
    biased: inner.biased || step.bias !== null,
    length: inner.length + stepLength(step),
    part: { kind: 'step', label: step.label, children: [inner] },
    shift: memoize(() => composedShift(step, inner.shift(), inner.biased, pads)),
    gain: memoize(() => applyToConstant(step.weights(), inner.gain(), true)),
    kernel: (evaluation) => composedKernel(step, inner, axes, group, evaluation),
  };
}

async function composedKernel(
  step: Step,
  inner: AffineMap,
  axes: readonly Window[],
  group: number,
  evaluation: Evaluation,
): Promise<Kernel> {
  const weights = step.weights();
  if (inner.part.kind === 'source' && group === weights.group) {
    return { ...weights, data: new Float64Array(weights.data) };
  }
  const first = await kernelOf(inner, evaluation);
  if (isDepthwise(weights) && step.axes.every(isPoint) && first.group === group) {
    scaleRows(first, weights.data);
    return first;
  }
  const size = axes.map((w) => w.size);
  const target = zeroKernel(step.outputs, inner.inputs, group, size);
  await composeKernels(weights, first, target, places(step, inner, axes), evaluation.product);
  return target;
}

function composeAxis(outer: Window, inner: Window, step: Step): Window {
  // A 1×1 map on either side of a transposed one changes none of its geometry.
  if (step.transposed) return outer;
  return composeWindows(outer, inner);
}

const stepLength = (step: Step): number =>
  (step.inputs / step.group) * step.axes.reduce((product, w) => product * w.size, 1) + 1;

function composedShift(step: Step, inner: Shift, biased: boolean, pads: boolean): Shift {
  const own = step.bias?.() ?? new Float64Array(step.outputs);
  const ownMagnitude = step.biasMagnitude?.() ?? own.map(Math.abs);
  if (!biased) {
    return { bias: own, magnitude: ownMagnitude, slack: new Float64Array(step.outputs) };
  }
  const weights: Weights = step.weights();
  const bias = applyToConstant(weights, inner.bias, false);
  const magnitude = applyToConstant(weights, inner.magnitude, true);
  const innerSlack = pads
    ? inner.slack.map((s, i) => s + Math.abs(inner.bias[i] as number))
    : inner.slack;
  return {
    bias: bias.map((b, o) => b + (own[o] as number)),
    magnitude: magnitude.map((m, o) => m + (ownMagnitude[o] as number)),
    slack: applyToConstant(weights, innerSlack, true),
  };
}

/** Where each pair (outer tap, inner tap) lands among the taps of the composed kernel. */
function places(step: Step, inner: AffineMap, axes: readonly Window[]): Int32Array {
  const target = axes.map((w) => w.size);
  const zeros = axes.map(() => 0);
  const outerSize = step.axes.map((w) => w.size);
  const innerSize = inner.axes.map((w) => w.size);
  const outerStep = axes.map((w, i) => {
    const outer = step.axes[i] as Window;
    const spread = step.transposed ? 1 : (inner.axes[i] as Window).stride;
    return outer.size > 1 ? (outer.dilation * spread) / w.dilation : 0;
  });
  const innerStep = axes.map((w, i) => {
    const window = inner.axes[i] as Window;
    return window.size > 1 ? window.dilation / w.dilation : 0;
  });
  const outerAt = tapIndices(outerSize, target, zeros, outerStep);
  const innerAt = tapIndices(innerSize, target, zeros, innerStep);
  const out = new Int32Array(outerAt.length * innerAt.length);
  outerAt.forEach((a, i) => {
    innerAt.forEach((b, j) => {
      out[i * innerAt.length + j] = a + b;
    });
  });
  return out;
}
