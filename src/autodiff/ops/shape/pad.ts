import type { Value } from '../../../ir/index.js';
import { filled, mul } from '../../arithmetic.js';
import type { TypedBuilder } from '../../builder.js';
import { pad as padded, reshape, slice } from '../../layout.js';
import { allAxes, reduceSum } from '../../reduce.js';
import type { GradientRule } from '../../rule.js';
import type { NodeView } from '../../view.js';
import { alongAxisGradient, copies } from './along-axis.js';

interface Pads {
  /** For each axis; negative where the operand is cropped. */
  readonly begins: readonly number[];
  readonly ends: readonly number[];
}

function padsOf(view: NodeView): Pads {
  const rank = view.dims(0).length;
  const amounts = view.integers(1) ?? [];
  const axes = view.integers(3) ?? allAxes(rank);
  const [begins, ends] = [Array<number>(rank).fill(0), Array<number>(rank).fill(0)];
  axes.forEach((given, i) => {
    const axis = (given + rank) % rank;
    begins[axis] = amounts[i] as number;
    ends[axis] = amounts[i + axes.length] as number;
  });
  return { begins, ends };
}

/** Which element of an axis each element of the padded axis copies. */
const sourcesByMode: Readonly<Record<string, (i: number, length: number) => number>> = {
  edge: (i, length) => Math.min(Math.max(i, 0), length - 1),
  reflect(i, length) {
    const period = Math.max(1, 2 * (length - 1));
    const within = ((i % period) + period) % period;
    return Math.min(within, period - within);
  },
  wrap: (i, length) => ((i % length) + length) % length,
};

/** Pads that repeat the operand: each axis by itself is a matrix that copies elements. */
function copiedGradient(view: NodeView, cotangent: Value, mode: string): Value {
  const { begins, ends } = padsOf(view);
  const source = sourcesByMode[mode] ?? ((i: number) => i);
  return view.dims(0).reduce((gradient, length, axis) => {
    const [begin, end] = [begins[axis] as number, ends[axis] as number];
    if (begin === 0 && end === 0) return gradient;
    const sources = Array.from({ length: begin + length + end }, (_, i) =>
      source(i - begin, length),
    );
    return alongAxisGradient(view.builder, gradient, axis, copies(sources, length));
  }, cotangent);
}

/** What of the cotangent lies on the operand, zeros where that was cropped. */
function inner(b: TypedBuilder, cotangent: Value, { begins, ends }: Pads): Value {
  const ranges = b.dims(cotangent).map((length, axis) => ({
    axis,
    start: Math.max(0, begins[axis] as number),
    end: length - Math.max(0, ends[axis] as number),
  }));
  const cropped = [...begins, ...ends].map((amount) => Math.max(0, -amount));
  return padded(b, slice(b, cotangent, ranges), cropped);
}

/** Sum of the cotangent over the pads: the gradient of the value that they hold. */
function border(view: NodeView, cotangent: Value): Value {
  const { builder: b } = view;
  const operand = filled(b, view.dims(0), 0, cotangent);
  const { begins, ends } = padsOf(view);
  const pads = b.int64s([...begins, ...ends]);
  const outside = b.op('Pad', [operand, pads, b.scalar(1, cotangent)]);
  const sum = reduceSum(b, mul(b, cotangent, outside), allAxes(b.dims(cotangent).length), false);
  return reshape(b, sum, view.dims(2));
}

/** Pad: the part of the cotangent that lies on the operand; in other modes than `constant` also what was copied from it. */
export const pad: GradientRule = {
  opTypes: ['Pad'],
  vjp(view) {
    const { builder: b, node, cotangent, needs } = view;
    const mode = node.string('mode', 'constant');
    if (mode !== 'constant') return [copiedGradient(view, cotangent, mode)];
    return [
      needs[0] ? inner(b, cotangent, padsOf(view)) : null,
      null,
      needs[2] ? border(view, cotangent) : null,
    ];
  },
};
