import type { Value } from '../../../../ir/index.js';
import { Tensor } from '../../../../tensor/index.js';
import type { TypedBuilder } from '../../../builder.js';
import { reshape } from '../../../layout.js';
import type { Axis } from '../geometry.js';

type B = TypedBuilder;

/** Columns of an image moved to several taps. */
export interface Shifts {
  readonly taps: number;
  /** Columns before and after. */
  readonly from: number;
  readonly to: number;
  /** The column that a tap puts at `column`; zeros come from outside of `[0, from)`. */
  source(tap: number, column: number): number;
}

/** Images shifted to where the taps read. */
export const imageShifts = ({ kernel, input, output, stride, dilation, begin }: Axis): Shifts => ({
  taps: kernel,
  from: input,
  to: output,
  source: (tap, column) => tap * dilation + column * stride - begin,
});

/** Cotangents shifted against the taps, of stride 1, over the columns of the image. */
export const cotangentShifts = ({ kernel, input, output, dilation, begin }: Axis): Shifts => ({
  taps: kernel,
  from: output,
  to: input,
  source: (tap, column) => column + begin - tap * dilation,
});

export const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

const isIdentity = ({ taps, from, to, source }: Shifts): boolean =>
  taps === 1 && from === to && source(0, 0) === 0;

/** Whether to shift by products, on the CPU: elsewhere they may round their operands. @param most columns */
export const multiplies = (shifts: Shifts, most: number): boolean =>
  !isIdentity(shifts) && Math.max(shifts.from, shifts.to) <= most;

/** 1 where a tap carries a column to another: `[taps, from, to]`. */
function ones({ taps, from, to, source }: Shifts): Float64Array {
  const values = new Float64Array(taps * from * to);
  for (const tap of range(taps)) {
    for (const column of range(to)) {
      const at = source(tap, column);
      if (at >= 0 && at < from) values[(tap * from + at) * to + column] = 1;
    }
  }
  return values;
}

/** Of images whose rows lie together for the whole batch, `[C, H, N, W]` → `[C, taps, H, N, W']`. */
export function eachShift(b: B, x: Value, shifts: Shifts): Value {
  const [channels = 1, rows = 1, batch = 1] = b.dims(x);
  const { taps, from, to } = shifts;
  const matrices = b.constant(Tensor.fromNumbers(b.dtype(x), [taps, from, to], ones(shifts)));
  const together = reshape(b, x, [channels, 1, rows * batch, from]);
  return reshape(b, b.op('MatMul', [together, matrices]), [channels, taps, rows, batch, to]);
}

/**
 * Of images `[N, C, H, W]`, with rows taken anew → `[N, C, taps, rows.length, W']`: one product for all shifts, whose rows
 * are then put in order.
 * @param rows to take; zeros come from outside of `[0, H)`
 */
export function allShifts(b: B, x: Value, shifts: Shifts, rows: readonly number[]): Value {
  const [batch = 1, channels = 1, height = 1] = b.dims(x);
  const { taps, from, to } = shifts;
  const isInside = (row: number): boolean => row >= 0 && row < height;
  // One more block of columns, all zeros, serves the rows outside.
  const blocks = rows.every(isInside) ? taps : taps + 1;
  const [each, values] = [ones(shifts), new Float64Array(from * blocks * to)];
  for (const tap of range(taps)) {
    for (const at of range(from)) {
      const start = (tap * from + at) * to;
      values.set(each.subarray(start, start + to), (at * blocks + tap) * to);
    }
  }
  const matrix = b.constant(Tensor.fromNumbers(b.dtype(x), [from, blocks * to], values));
  const shifted = reshape(b, b.op('MatMul', [x, matrix]), [batch, channels, height * blocks, to]);
  const indices = range(taps).flatMap((tap) =>
    rows.map((row) => (isInside(row) ? row * blocks + tap : taps)),
  );
  const taken = b.op('Gather', [shifted, b.int64s(indices)], { axis: 2 });
  return reshape(b, taken, [batch, channels, taps, rows.length, to]);
}
