import type { Value } from '../../../ir/index.js';
import { reshape } from '../../layout.js';
import type { NodeView } from '../../view.js';

/** Axes that a reduction sums over, none negative, in ascending order. */
export function reducedAxes(view: NodeView): number[] {
  const { node } = view;
  const rank = view.dims(0).length;
  const given = view.list('axes', 1);
  if (!given || given.length === 0) {
    if (node.int('noop_with_empty_axes', 0) !== 0) return [];
    return Array.from({ length: rank }, (_, axis) => axis);
  }
  return given.map((axis) => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b);
}

/** Lengths of the result with the reduced axes kept. */
export function reducedDims(view: NodeView): number[] {
  const axes = reducedAxes(view);
  return view.dims(0).map((length, axis) => (axes.includes(axis) ? 1 : length));
}

/** A result of a reduction, or its cotangent, with the reduced axes kept: it meets the operand by broadcasting. */
export const kept = (view: NodeView, result: Value): Value =>
  reshape(view.builder, result, reducedDims(view));
