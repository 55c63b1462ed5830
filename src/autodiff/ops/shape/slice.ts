import type { Value } from '../../../ir/index.js';
import { isFloat } from '../../../tensor/index.js';
import { filled } from '../../arithmetic.js';
import type { TypedBuilder } from '../../builder.js';
import { flip, pad, reshape } from '../../layout.js';
import type { GradientRule } from '../../rule.js';
import { spacedColumns } from '../../spaced-columns.js';
import type { NodeView } from '../../view.js';

/** The elements start, start + step, … that a Slice takes of one axis. */
interface Taken {
  readonly axis: number;
  readonly start: number;
  readonly step: number;
}

/** Starts counted from the front, as the operator clamps them. */
function takenRanges(view: NodeView): Taken[] {
  const dims = view.dims(0);
  const starts = view.integers(1) ?? [];
  const axes = view.integers(3) ?? starts.map((_, i) => i);
  const steps = view.integers(4) ?? starts.map(() => 1);
  return starts.map((start, i) => {
    const axis = ((axes[i] as number) + dims.length) % dims.length;
    const [length, step] = [dims[axis] as number, steps[i] as number];
    const fromFront = start < 0 ? start + length : start;
    const last = step > 0 ? length : length - 1;
    return { axis, step, start: Math.min(Math.max(fromFront, 0), last) };
  });
}

const mostMatrixRows = 128;

/** `step − 1` zeros behind each element along an axis. */
function spaced(b: TypedBuilder, x: Value, axis: number, step: number): Value {
  if (step === 1) return x;
  const dims = b.dims(x);
  const length = dims[axis] as number;
  if (axis === dims.length - 1 && axis > 0 && isFloat(b.dtype(x)) && length <= mostMatrixRows) {
    return spacedColumns(b, x, step);
  }
  const apart = reshape(b, x, [...dims.slice(0, axis + 1), 1, ...dims.slice(axis + 1)]);
  const pads = Array<number>(2 * (dims.length + 1)).fill(0);
  const wide = pad(b, apart, pads.with(dims.length + 1 + axis + 1, step - 1));
  return reshape(b, wide, dims.with(axis, length * step));
}

/** Slice: the cotangent goes where the elements came from, with zeros around and between. */
export const slice: GradientRule = {
  opTypes: ['Slice'],
  vjp(view) {
    const { builder: b, cotangent } = view;
    const dims = view.dims(0);
    if (b.size(cotangent) === 0) return [filled(b, dims, 0, cotangent)];
    const ranges = takenRanges(view);
    const backwards = ranges.filter(({ step }) => step < 0).map(({ axis }) => axis);
    let spread = flip(b, cotangent, backwards);
    const begins = dims.map(() => 0);
    for (const { axis, start, step } of ranges) {
      const count = b.dims(cotangent)[axis] as number;
      begins[axis] = step > 0 ? start : start + (count - 1) * step;
      spread = spaced(b, spread, axis, count === 1 ? 1 : Math.abs(step));
    }
    // Negative where the last element would have its zeros outside: they are cropped.
    const ends = b.dims(spread).map((length, axis) => {
      return (dims[axis] as number) - (begins[axis] as number) - length;
    });
    return [pad(b, spread, [...begins, ...ends])];
  },
};
