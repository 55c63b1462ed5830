import type { MatrixProduct } from './compose-kernels.js';
import { type Kernel, taps, type Weights } from './kernel.js';
import { groupedReach, type Reach } from './reach.js';
import { pointWindow, type Window } from './window.js';

/**
 * Which axis holds the channels: 1, as in Conv (`[N, C, D1…Dn]`), or the last, as in MatMul (`[…, C]`).
 * A matrix `[N, C]` counts as the first with no spatial axis. `flat` maps see no axes at all: they take consecutive blocks
 * of elements in memory order, which Reshape leaves as they are (`[N, C, h, w]` with known lengths is N blocks of C·h·w).
 */
export type Layout = 'channels-first' | 'channels-last' | 'flat';

/** Constant parts of a map, one number an output channel. */
export interface Shift {
  readonly bias: Float64Array;
  /** Sum of the magnitudes that were added up to make the bias: what its rounding error is relative to. */
  readonly magnitude: Float64Array;
  /** How far a border value may lie from the infinite plane (a fill that equals the bias up to its own rounding). */
  readonly slack: Float64Array;
}

/** What evaluating a kernel needs. */
export interface Evaluation {
  readonly product: MatrixProduct;
  /** Kernels of maps that several branches share. The others are let go as soon as they are used: they are large. */
  readonly shared: Map<AffineMap, Promise<Kernel> | null>;
}

/** How a map came about, for people: one entry a branch or a step. */
export interface Part {
  readonly kind: 'source' | 'step' | 'sum' | 'stack' | 'select';
  /** The node's name, with the sign of a subtracted branch. */
  readonly label: string;
  readonly children: readonly AffineMap[];
}

/**
 * `y = K ∗ x + b` on the infinite plane, seen through a window an axis. Geometry is known at once; weights are read
 * and combined only when asked for, in float64.
 */
export interface AffineMap {
  readonly layout: Layout;
  /** True for ConvTranspose, whose windows run from the input to the output. */
  readonly transposed: boolean;
  readonly inputs: number;
  readonly outputs: number;
  /** One window a spatial axis. */
  readonly axes: readonly Window[];
  /**
   * The permutation that Transpose applied to the output of a channels-last map, null for none. Such a map counts as
   * channels-first for what follows, with spatial axes that nothing but pointwise maps may touch.
   */
  readonly frame: readonly number[] | null;
  /** Lengths of the source's spatial axes, null where they vary. */
  readonly lengths: readonly (number | null)[];
  readonly reach: Reach;
  /** False when the bias is zero by construction. */
  readonly biased: boolean;
  /** Terms that are added up, one after the other, on the longest way through the original nodes. */
  readonly length: number;
  readonly part: Part;
  shift(): Shift;
  /** Σ|weights| an output along every path of the original nodes: bounds how large intermediate values get. */
  gain(): Float64Array;
  /** A kernel that the caller may change. Use `kernelOf`, which computes shared ones once. */
  kernel(evaluation: Evaluation): Promise<Kernel>;
}

/** One operator as a map of its data input: weights at hand without further computation. */
export interface Step {
  readonly label: string;
  readonly layout: Layout;
  readonly transposed: boolean;
  readonly inputs: number;
  readonly outputs: number;
  readonly group: number;
  readonly axes: readonly Window[];
  readonly weights: () => Weights;
  /** Null when the operator adds no constant. */
  readonly bias: (() => Float64Array) | null;
  /** What was added up to make the bias, where that is more than the bias itself. */
  readonly biasMagnitude?: () => Float64Array;
}

/** The source itself. */
export function identityMap(
  name: string,
  layout: Layout,
  channels: number,
  lengths: readonly (number | null)[],
): AffineMap {
  return {
    layout,
    transposed: false,
    frame: null,
    inputs: channels,
    outputs: channels,
    axes: lengths.map(() => pointWindow),
    lengths,
    reach: groupedReach(channels, channels, channels),
    biased: false,
    length: 0,
    part: { kind: 'source', label: name, children: [] },
    shift: () => zeroShift(channels),
    gain: () => new Float64Array(channels).fill(1),
    kernel: async () => ({
      outputs: channels,
      inputs: channels,
      group: channels,
      size: lengths.map(() => 1),
      data: new Float64Array(channels).fill(1),
    }),
  };
}

export const zeroShift = (outputs: number): Shift => ({
  bias: new Float64Array(outputs),
  magnitude: new Float64Array(outputs),
  slack: new Float64Array(outputs),
});

export function memoize<T>(compute: () => T): () => T {
  let value: T | undefined;
  return () => {
    value ??= compute();
    return value;
  };
}

/** Prepares to compute the kernel of `map`. */
export function evaluationOf(map: AffineMap, product: MatrixProduct): Evaluation {
  const seen = new Set<AffineMap>();
  const shared = new Map<AffineMap, null>();
  const stack = [map];
  for (let top = stack.pop(); top; top = stack.pop()) {
    if (seen.has(top)) shared.set(top, null);
    else stack.push(...top.part.children);
    seen.add(top);
  }
  return { product, shared };
}

/** The kernel of `map`, the caller's own. */
export async function kernelOf(map: AffineMap, evaluation: Evaluation): Promise<Kernel> {
  const known = evaluation.shared.get(map);
  if (known === undefined) return map.kernel(evaluation);
  const computing = known ?? map.kernel(evaluation);
  evaluation.shared.set(map, computing);
  const kernel = await computing;
  return { ...kernel, data: kernel.data.slice() };
}

/** `Σ_i,t K[o, i, t] · v[i]` for each output, over magnitudes when `absolute`. */
export function applyToConstant(
  kernel: Weights,
  vector: Float64Array,
  absolute: boolean,
): Float64Array {
  const out = new Float64Array(kernel.outputs);
  if (vector.every((value) => value === 0)) return out;
  const inputs = kernel.inputs / kernel.group;
  const rows = kernel.outputs / kernel.group;
  const volume = taps(kernel);
  let at = 0;
  for (let o = 0; o < kernel.outputs; o++) {
    const first = Math.floor(o / rows) * inputs;
    let sum = 0;
    for (let i = 0; i < inputs; i++) {
      let weight = 0;
      for (let t = 0; t < volume; t++) {
        const w = kernel.data[at++] as number;
        weight += absolute ? Math.abs(w) : w;
      }
      sum += weight * (vector[first + i] as number);
    }
    out[o] = sum;
  }
  return out;
}

/** True when the source's channels are its last axis. */
export const readsLastAxis = (map: AffineMap): boolean =>
  map.layout === 'channels-last' || map.frame !== null;
