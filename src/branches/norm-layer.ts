import type { Value } from '../ir/index.js';
import type { Window } from '../linear/index.js';
import { paddedWindow } from './conv-site.js';
import type { Emitter } from './emit.js';
import { type Norm, normFactor, normOfZero } from './norm.js';
import type { ParameterMaker } from './parameters.js';
import { rescaled, type Term } from './term.js';

/** A normalized value, and the values [channels] that its norm computes with. */
export interface NormTerm extends Term {
  readonly statistics: {
    readonly scale: Value;
    readonly shift: Value;
    readonly mean: Value;
    readonly variance: Value;
    readonly epsilon: number;
  };
}

/** A BatchNormalization of its own that begins as `norm`. */
export function normLayer(
  emit: Emitter,
  parameters: ParameterMaker,
  name: string,
  x: Term,
  norm: Norm,
): NormTerm {
  const dims = [x.kernel.outputs];
  const scale = parameters.given(`${name}.weight`, dims, norm.scale);
  const shift = parameters.given(`${name}.bias`, dims, norm.shift);
  const mean = parameters.given(`${name}.running_mean`, dims, norm.mean);
  const variance = parameters.given(`${name}.running_var`, dims, norm.variance);
  const { epsilon, momentum } = norm;
  const rounded = {
    ...norm,
    scale: scale.data,
    shift: shift.data,
    mean: mean.data,
    variance: variance.data,
  };
  const factor = new Float64Array(x.kernel.outputs).fill(1);
  return {
    ...rescaled(x, normFactor(rounded), normOfZero(rounded)),
    value: emit.norm(name, x.value, [scale, shift, mean, variance], epsilon, momentum),
    shift: x.main && { parameter: shift, factor },
    gates: x.main ? x.gates : [scale],
    statistics: {
      scale: scale.value,
      shift: shift.value,
      mean: mean.value,
      variance: variance.value,
      epsilon,
    },
  };
}

/** Surrounds a normalized image with what its norm makes of zero, as far as `axes` reach beyond it. */
export function borderLayer(
  emit: Emitter,
  name: string,
  x: NormTerm,
  axes: readonly Window[],
): Term {
  const border = axes.map(paddedWindow);
  if (border.every((window) => window.extent === 0)) return x;
  const { mean, variance, scale, shift, epsilon } = x.statistics;
  const tiny = emit.numbers(`${name}.epsilon`, [], [epsilon]);
  const spread = emit.op('Sqrt', name, [emit.op('Add', name, [variance, tiny])]);
  const moved = emit.op('Div', name, [emit.op('Mul', name, [mean, scale]), spread]);
  const edge = emit.perChannel(name, emit.op('Sub', name, [shift, moved]), axes.length);
  // Zero around the difference from the border is the border around the image.
  const inner = emit.op('Sub', `${name}.inner`, [x.value, edge]);
  const padded = emit.padded(name, inner, axes);
  return { ...x, axes: border, value: emit.op('Add', `${name}.outer`, [padded, edge]) };
}
