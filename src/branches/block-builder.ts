import { internalError } from '../errors.js';
import type { Value } from '../ir/index.js';
import { type Kernel, pointWindow, type Window } from '../linear/index.js';
import { type Fill, ones, uniformFanIn, zeros } from '../models/initialization.js';
import { elementCount } from '../tensor/index.js';
import {
  type ConvSite,
  canBeIdentity,
  centredWindows,
  paddedWindow,
  remainingWindows,
  sizeText,
} from './conv-site.js';
import { type Emitter, fitsPool } from './emit.js';
import { type Norm, usualNorm } from './norm.js';
import { borderLayer, type NormTerm, normLayer } from './norm-layer.js';
import type { Parameter, ParameterMaker } from './parameters.js';
import { compose, type Equivalent, rescaled, sumMaps, type Term, unitKernel } from './term.js';
import { masked, plusIdentity, type Weight, weightOf } from './weights.js';

/** `keep`: the block computes what the Conv did. `fresh`: all of it begins as its paper says. */
export type ExpandMode = 'keep' | 'fresh';

export interface ConvOptions {
  /** Lengths of the kernel, one tap by default. It lies in the middle of the Conv's own. */
  readonly kernel?: readonly number[];
  /** In steps between the Conv's own taps. */
  readonly dilation?: readonly number[];
  readonly bias?: boolean;
  /** Fixed factors of the weights, one a tap. */
  readonly mask?: readonly number[];
}

export interface PointwiseOptions {
  readonly channels?: number;
  readonly bias?: boolean;
  /** Begins as the identity, to which the learned weight is added (DBB's IdentityBasedConv1x1). */
  readonly identity?: boolean;
  /** The image is padded first, so that the border of the result is the bias (ECB). */
  readonly border?: readonly Window[];
}

const ones64 = (length: number): Float64Array => new Float64Array(length).fill(1);

/**
 * Layers of a block under construction. Each writes its nodes and keeps, in float64, what they compute of the block's
 * input. The first argument of each is the layer's name within the block.
 */
export class BlockBuilder {
  readonly site: ConvSite;
  readonly mode: ExpandMode;
  readonly emit: Emitter;
  readonly parameters: ParameterMaker;
  /** The weights that will be such that the sum of all branches is right. */
  mainWeight: Parameter | null = null;
  /** How many branches are added up. */
  branches = 1;

  constructor(site: ConvSite, mode: ExpandMode, emit: Emitter, parameters: ParameterMaker) {
    this.site = site;
    this.mode = mode;
    this.emit = emit;
    this.parameters = parameters;
  }

  get rank(): number {
    return this.site.axes.length;
  }

  /** The block's input [N, C, ...image]. */
  get input(): Term {
    const { kernel, input, axes } = this.site;
    return {
      value: input,
      axes: axes.map(() => pointWindow),
      kernel: unitKernel(kernel.inputs, this.rank),
      bias: new Float64Array(kernel.inputs),
      main: null,
      shift: null,
      gates: null,
    };
  }

  /** The branch that has the Conv's own kernel and takes what the others leave. */
  main(name: string, { bias = false }: { readonly bias?: boolean } = {}): Term {
    const { kernel } = this.site;
    const dims = [kernel.outputs, kernel.inputs / kernel.group, ...kernel.size];
    const weight = this.parameters.drawn(`${name}.weight`, dims, uniformFanIn);
    this.mainWeight = weight;
    return this.mainConv(name, weight.value, ones64(kernel.outputs), bias);
  }

  /**
   * The Conv itself, with a weight in which the main one occurs.
   * @param factor what the main weight is multiplied by, an output channel each
   * @param others what else the weight holds
   */
  mainConv(
    name: string,
    weight: Value,
    factor: Float64Array,
    bias: boolean,
    others: Kernel | null = null,
  ): Term {
    const { kernel, axes, input } = this.site;
    const shift = bias ? this.#bias(name, kernel) : null;
    const operands = shift ? [weight, shift.value] : [weight];
    return {
      value: this.emit.conv(name, input, axes, kernel.group, operands),
      axes,
      kernel: others ?? { ...kernel, data: new Float64Array(kernel.data.length) },
      bias: shift?.data.slice() ?? new Float64Array(kernel.outputs),
      main: factor,
      shift: shift && { parameter: shift, factor: ones64(kernel.outputs) },
      gates: [],
    };
  }

  /** A learned Conv of the block's input, or of a pointwise one. */
  conv(name: string, x: Term = this.input, options: ConvOptions = {}): Term {
    const { kernel: own } = this.site;
    const { kernel: size = own.size.map(() => 1), mask } = options;
    const axes = this.centred(size, options.dilation);
    const dims = [own.outputs, x.kernel.outputs / own.group, ...size];
    const learned = this.parameters.drawn(`${name}.weight`, dims, uniformFanIn);
    const whole = weightOf(learned, own.group);
    const weight = mask ? masked(this.emit, name, whole, mask) : whole;
    const bias = options.bias ? this.#bias(name, weight.kernel) : null;
    return { ...this.convolve(name, x, axes, weight, bias), gates: [learned] };
  }

  /** A learned 1×1 Conv of stride 1 on the block's input. */
  pointwise(name: string, options: PointwiseOptions = {}): Term {
    const { kernel: own } = this.site;
    const { channels = own.outputs, identity = false, border = [] } = options;
    const dims = [channels, own.inputs / own.group, ...own.size.map(() => 1)];
    const fill = identity ? zeros : uniformFanIn;
    const learned = this.parameters.drawn(`${name}.weight`, dims, fill);
    const whole = weightOf(learned, own.group);
    const weight = identity ? plusIdentity(this.emit, name, whole) : whole;
    const bias = options.bias ? this.#bias(name, weight.kernel) : null;
    const axes = own.size.map((_, i) => paddedWindow(border[i] ?? pointWindow));
    return { ...this.convolve(name, this.input, axes, weight, bias), gates: [learned] };
  }

  /** Means over windows of this size in the middle of the Conv's own, zeros around the image counted. */
  average(name: string, x: Term, size: readonly number[]): Term {
    const axes = this.centred(size);
    const channels = x.kernel.outputs;
    const share = 1 / elementCount(size);
    const data = new Float64Array(channels * elementCount(size)).fill(share);
    const kernel = { outputs: channels, inputs: channels, group: channels, size, data };
    const rest = remainingWindows(axes, x.axes);
    if (rest.every(fitsPool)) {
      const value = this.emit.averagePool(name, x.value, rest);
      return { ...x, ...this.#composed(kernel, rest, x), value };
    }
    const weight = this.emit.numbers(`${name}.weight`, [channels, 1, ...size], data);
    return { ...this.convolve(name, x, axes, { value: weight, kernel }, null), gates: x.gates };
  }

  /** A BatchNormalization in its first state; one on the main branch lets it pass unchanged. */
  norm(name: string, x: Term): NormTerm {
    const { epsilon, momentum } = this.site.norm?.norm ?? usualNorm;
    const channels = x.kernel.outputs;
    const scale = x.main && this.mode === 'keep' ? Math.sqrt(1 + epsilon) : 1;
    const vector = (value: number): Float64Array => new Float64Array(channels).fill(value);
    const norm = { scale: vector(scale), shift: vector(0), mean: vector(0), variance: vector(1) };
    return this.#norm(name, x, { ...norm, epsilon, momentum });
  }

  /** The BatchNormalization that followed the Conv, where there was one. */
  ownNorm(name: string, x: Term): Term {
    const own = this.site.norm?.norm;
    return own && this.mode === 'keep' ? this.#norm(name, x, own) : this.norm(name, x);
  }

  /**
   * Surrounds a normalized image with what its norm makes of zero, as far as `axes` reach beyond it (DBB's BNAndPad).
   * @param norm name of the norm
   */
  bordered(norm: string, x: NormTerm, axes: readonly Window[]): Term {
    return borderLayer(this.emit, `${norm}.border`, x, axes);
  }

  /** Multiplies by a constant, by one an output channel, or by learned ones that begin at 1. */
  scaled(name: string, x: Term, by: number | readonly number[] | 'channel'): Term {
    const channels = x.kernel.outputs;
    const dims = [channels, ...this.site.axes.map(() => 1)];
    if (by === 'channel') {
      const learned = this.parameters.drawn(`${name}.scale`, dims, ones);
      const value = this.emit.op('Mul', `${name}.scaled`, [x.value, learned.value]);
      return { ...rescaled(x, learned.data), value, gates: x.main ? [] : [learned] };
    }
    const isNumber = typeof by === 'number';
    const factors = this.emit.numbers(`${name}.scale`, isNumber ? [] : dims, isNumber ? [by] : by);
    const vector = ones64(channels).map((_, c) => (isNumber ? by : (by[c] as number)));
    const value = this.emit.op('Mul', `${name}.scaled`, [x.value, factors]);
    return { ...rescaled(x, vector), value };
  }

  /** The block's input where its output is, or null where the two have different shapes. */
  identity(name: string): Term | null {
    if (!canBeIdentity(this.site)) return null;
    const axes = this.centred(this.site.kernel.size.map(() => 1));
    const x = this.input;
    const padded = this.emit.padded(name, x.value, axes);
    return { ...x, axes, value: this.emit.cropped(name, padded, axes) };
  }

  /** Adds branches, left to right. */
  sum(terms: readonly Term[]): Term {
    const [first, ...rest] = terms;
    if (!first) throw internalError('a block without branches');
    if (rest.length === 0) return first;
    this.branches = terms.length;
    const value = rest.reduce((a, b) => this.emit.op('Add', 'sum', [a, b.value]), first.value);
    const { axes, kernel } = this.site;
    const gates = terms.flatMap((term) => term.gates ?? []);
    return {
      ...sumMaps(terms, axes, kernel.group),
      value,
      main: terms.find((term) => term.main)?.main ?? null,
      shift: terms.find((term) => term.main)?.shift ?? null,
      gates: terms.some((term) => term.gates === null) ? null : gates,
    };
  }

  /** A learned bias beside all branches, for what none of them holds. */
  biased(name: string, x: Term): Term {
    const channels = x.kernel.outputs;
    const dims = [channels, ...this.site.axes.map(() => 1)];
    const fan = { in: this.site.kernel.data.length / channels, out: channels };
    const bias = this.parameters.drawn(name, dims, uniformFanIn, fan);
    const value = this.emit.op('Add', name, [x.value, bias.value]);
    const total = x.bias.map((b, c) => b + (bias.data[c] as number));
    return { ...x, value, bias: total, shift: { parameter: bias, factor: ones64(channels) } };
  }

  /** Windows in the middle of the Conv's own. */
  centred(size: readonly number[], dilation: readonly number[] = []): Window[] {
    const windows = centredWindows(this.site, size, dilation);
    if (!windows) throw internalError(`a branch of ${sizeText(size)} does not fit into its block`);
    return windows;
  }

  /** A Conv with a weight at hand, seen from the block's input. */
  convolve(
    name: string,
    x: Term,
    axes: readonly Window[],
    { value, kernel }: Weight,
    bias: Parameter | null,
  ): Term {
    const rest = remainingWindows(axes, x.axes);
    const operands = bias ? [value, bias.value] : [value];
    const result = this.emit.conv(name, x.value, rest, kernel.group, operands);
    const map = this.#composed(kernel, rest, x, bias?.data);
    return { ...map, value: result, main: null, shift: null, gates: null };
  }

  #composed(kernel: Kernel, axes: readonly Window[], x: Term, bias?: Float64Array): Equivalent {
    const outer = { axes, kernel, bias: bias ?? new Float64Array(kernel.outputs) };
    return compose(outer, x, this.site.kernel.group);
  }

  /** How biases begin: those of a block that shall have none together begin at 0, lest they cancel but for rounding. */
  firstBias(fill: Fill = uniformFanIn): Fill {
    return this.mode === 'keep' && !this.site.bias ? zeros : fill;
  }

  #bias(name: string, kernel: Kernel): Parameter {
    const fan = { in: kernel.data.length / kernel.outputs, out: kernel.outputs };
    return this.parameters.drawn(`${name}.bias`, [kernel.outputs], this.firstBias(), fan);
  }

  #norm(name: string, x: Term, norm: Norm): NormTerm {
    return normLayer(this.emit, this.parameters, name, x, norm);
  }
}
