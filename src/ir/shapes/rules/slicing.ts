import type { Dim } from '../../value.js';
import type { NodeContext } from '../context.js';
import { axesIn, axisIn } from '../dims.js';

/** What Slice takes along one axis; `start` and `step` are null where only the length is known. */
export interface SliceRange {
  readonly start: number | null;
  readonly step: number | null;
  readonly length: Dim;
}

/** ONNX writes "to the end" as a bound far outside, INT32_MAX at least. */
const farAway = 2 ** 31 - 1;

/** The elements start, start + step, ... before end, of an axis of the given length. */
function takeRange(length: Dim, start: Dim, end: Dim, step: Dim): SliceRange {
  const unknown: SliceRange = { start: null, step: null, length: null };
  if (typeof start !== 'number' || typeof step !== 'number' || step === 0) return unknown;
  if (typeof length !== 'number') {
    const all =
      start === 0 && step === 1 && (end === length || (typeof end === 'number' && end >= farAway));
    const reversed = start === -1 && step === -1 && typeof end === 'number' && end <= -farAway;
    return all || reversed ? { ...unknown, length } : unknown;
  }
  if (typeof end !== 'number') return unknown;
  const [low, high] = step > 0 ? [0, length] : [-1, length - 1];
  const clamp = (at: number, from: number): number =>
    Math.min(Math.max(at < 0 ? at + length : at, from), high);
  const first = clamp(start, Math.max(low, 0));
  const steps = Math.ceil((clamp(end, low) - first) / step);
  return { start: first, step, length: Math.max(0, steps) };
}

/** The range that a Slice node takes of each axis, null when the axes are not known or do not fit. */
export function sliceRanges(context: NodeContext, shape: readonly Dim[]): SliceRange[] | null {
  const starts = context.list('starts', 1);
  const count = context.listLength('starts', 1);
  if (count === null || count > shape.length) return null;
  const ends = context.list('ends', 2);
  const steps = context.has(4) ? context.elements(4) : Array(count).fill(1);
  const listed = context.isGiven('axes', 3) ? context.list('axes', 3) : [...Array(count).keys()];
  const axes = listed && axesIn(listed, shape.length);
  if (axes?.size !== count) return null;
  const ranges = shape.map((length): SliceRange => ({ start: 0, step: 1, length }));
  [...axes].forEach((axis, i) => {
    const length = shape[axis] ?? null;
    ranges[axis] = takeRange(length, starts?.[i] ?? null, ends?.[i] ?? null, steps?.[i] ?? null);
  });
  return ranges;
}

/** Lengths of the parts into which a Split node cuts its axis, one per output, and that axis. */
export function splitParts(
  context: NodeContext,
  shape: readonly Dim[],
): { readonly axis: number; readonly parts: readonly Dim[] } | null {
  const axis = axisIn(context.node.int('axis', 0), shape.length);
  if (axis === null) return null;
  const count = context.node.outputs.length;
  if (context.isGiven('split', 1)) {
    const given = context.list('split', 1) ?? Array<Dim>(count).fill(null);
    return given.length === count ? { axis, parts: given } : null;
  }
  const length = shape[axis] ?? null;
  if (count === 1) return { axis, parts: [length] };
  if (typeof length !== 'number') return { axis, parts: Array<Dim>(count).fill(null) };
  // Equal parts, the last of them shorter when the length is no multiple (opset 18).
  const part = Math.ceil(length / count);
  const parts = Array.from({ length: count }, (_, i) => Math.min(part, length - i * part));
  return { axis, parts };
}
