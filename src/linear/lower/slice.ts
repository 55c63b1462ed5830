import { accept, refuse, type Verdict } from '../../errors.js';
import type { Node } from '../../ir/index.js';
import type { AffineMap } from '../affine.js';
import { selectOutputs } from '../combine.js';
import { type Move, moveWindow, stay } from '../move.js';
import {
  constantOperand,
  dataOperand,
  type LinearOp,
  type LoweringContext,
  lengthOf,
  unary,
} from './lowering.js';

interface Range {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/** Slice: a crop of spatial axes, a selection of channels. */
export const slice: LinearOp = {
  opTypes: ['Slice'],
  rule: 'moves the window, selects rows on the channel axis',
  conditions:
    'constant bounds, positive steps; a bound counted from the other end needs a known length',
  lower(node, _output, context) {
    const operand = dataOperand(node, context);
    if (!operand.ok) return operand;
    const rank = context.shape(operand.value)?.length ?? 0;
    const ranges = readRanges(node, context, rank);
    if (!ranges.ok) return ranges;
    return unary(operand.value, (map) => applyRanges(node, map, rank, ranges.value));
  },
};

function readRanges(node: Node, context: LoweringContext, rank: number): Verdict<Range[]> {
  const read = (name: string, index: number): Verdict<readonly number[] | null> => {
    const attribute = node.ints(name);
    if (attribute || !node.inputs[index]) return accept(attribute);
    const tensor = constantOperand(node, context, index, `list of ${name}`);
    return tensor.ok ? accept([...tensor.value.toNumbers()]) : tensor;
  };
  const starts = read('starts', 1);
  if (!starts.ok) return starts;
  const ends = read('ends', 2);
  if (!ends.ok) return ends;
  const axes = read('axes', 3);
  if (!axes.ok) return axes;
  const steps = read('steps', 4);
  if (!steps.ok) return steps;
  return accept(
    (starts.value ?? []).map((start, i) => {
      const axis = axes.value?.[i] ?? i;
      return {
        axis: axis < 0 ? axis + rank : axis,
        start,
        end: ends.value?.[i] ?? 0,
        step: steps.value?.[i] ?? 1,
      };
    }),
  );
}

function applyRanges(
  node: Node,
  map: AffineMap,
  rank: number,
  ranges: readonly Range[],
): Verdict<AffineMap> {
  if (map.layout === 'flat') return refuse('it slices blocks of elements', node.label);
  const channelAxis = map.layout === 'channels-first' ? 1 : rank - 1;
  const moves: Move[] = map.axes.map(() => stay);
  let result = map;
  for (const range of ranges) {
    if (range.axis === channelAxis) {
      const rows = selectedRows(range, result.outputs);
      if (rows.length === 0) return refuse('it keeps no channel', node.label);
      result = selectOutputs(result, rows, node.label);
      continue;
    }
    if (map.layout !== 'channels-first' || map.frame || range.axis < 2) {
      return refuse('it slices another axis than channels and space', node.label);
    }
    const move = toMove(range, lengthOf(map, range.axis - 2));
    if (move === null) {
      return refuse('it counts from the other end of an axis whose length varies', node.label);
    }
    moves[range.axis - 2] = move;
  }
  return moveWindow(result, moves, null, node.label);
}

function selectedRows(range: Range, length: number): number[] {
  const clamp = (at: number): number => Math.min(Math.max(at < 0 ? at + length : at, 0), length);
  const rows: number[] = [];
  if (range.step > 0) {
    for (let i = clamp(range.start); i < clamp(range.end); i += range.step) rows.push(i);
  }
  return rows;
}

function toMove(range: Range, length: number | null): Move | null {
  if (range.step < 1) return null;
  if (length !== null) {
    const clamp = (at: number): number => Math.min(Math.max(at < 0 ? at + length : at, 0), length);
    const begin = clamp(range.start);
    const end = clamp(range.end);
    return end > begin ? { begin: -begin, end: end - length, step: range.step } : null;
  }
  // Exporters write "to the end" as the largest integer.
  const toTheEnd = range.end >= 2 ** 31 - 1;
  if (range.start < 0 || (range.end >= 0 && !toTheEnd)) return null;
  return { begin: -range.start, end: toTheEnd ? 0 : range.end, step: range.step };
}
