import type { Value } from '../../../../ir/index.js';
import type { TypedBuilder } from '../../../builder.js';
import { concat, pad, reshape, type SliceRange, slice } from '../../../layout.js';
import type { Axis } from '../geometry.js';
import {
  allShifts,
  cotangentShifts,
  eachShift,
  imageShifts,
  multiplies,
  range,
} from './column-products.js';

type B = TypedBuilder;

/** Which axes of four hold the channels, the rows and, last, the columns of images. */
export interface Order {
  readonly channels: number;
  readonly rows: number;
  /**
   * Most columns of images and of cotangents for which products with zeros and ones were measured to take less time on the
   * CPU than copies, which take long where rows are short.
   */
  readonly mostColumns: { readonly images: number; readonly cotangents: number };
}

/** `[N, C, H, W]` */
export const perImageOrder: Order = {
  channels: 1,
  rows: 2,
  mostColumns: { images: 48, cotangents: 16 },
};
/** `[C, H, N, W]`: a row that a tap reads is one piece of memory for all images. */
export const wholeBatchOrder: Order = {
  channels: 0,
  rows: 1,
  mostColumns: { images: 16, cotangents: 16 },
};

const columns = 3;

/** Zeros around the rows and columns that taps reach over. */
function padded(b: B, x: Value, order: Order, rowAxis: Axis, columnAxis: Axis | null): Value {
  const pads = Array<number>(8).fill(0);
  const set = (axis: number, { input, output, kernel, stride, dilation, begin }: Axis) => {
    pads[axis] = begin;
    pads[axis + 4] = Math.max(
      0,
      stride * (output - 1) + dilation * (kernel - 1) + 1 - begin - input,
    );
  };
  set(order.rows, rowAxis);
  if (columnAxis) set(columns, columnAxis);
  return pad(b, x, pads);
}

/** Puts values of four axes side by side on a new axis behind that of the channels. */
function stacked(b: B, values: readonly Value[], { channels }: Order): Value {
  const apart = values.map((value) => {
    const dims = b.dims(value);
    return reshape(b, value, [...dims.slice(0, channels + 1), 1, ...dims.slice(channels + 1)]);
  });
  return concat(b, apart, channels + 1);
}

/** The rows that each tap of the rows reads, one tap after the other, as if zeros were around the image. */
const rowsRead = ({ output, kernel, stride, dilation, begin }: Axis): number[] =>
  range(kernel).flatMap((tap) => range(output).map((row) => tap * dilation + row * stride - begin));

/** @param axis of the rows in `x`, which has the zeros around it */
function gatheredRows(b: B, x: Value, axis: number, rowAxis: Axis): Value {
  const indices = rowsRead(rowAxis).map((row) => row + rowAxis.begin);
  const isAll = indices.length === b.dims(x)[axis] && indices.every((row, i) => row === i);
  return isAll ? x : b.op('Gather', [x, b.int64s(indices)], { axis });
}

/**
 * Images shifted to every tap: a new axis for the taps of the columns, and behind it the rows that the taps of the rows
 * read. `[…C, H…, W]` → `[…C, kw, kh · H'…, W']`
 */
export function imageTaps(
  b: B,
  x: Value,
  order: Order,
  [rows, cols]: readonly [Axis, Axis],
): Value {
  const shifts = imageShifts(cols);
  if (!b.portable && multiplies(shifts, order.mostColumns.images)) {
    return order === wholeBatchOrder
      ? gatheredRows(b, eachShift(b, padded(b, x, order, rows, null), shifts), 2, rows)
      : allShifts(b, x, shifts, rowsRead(rows));
  }
  const wide = padded(b, x, order, rows, cols);
  const shifted = range(cols.kernel).map((tap) => {
    const start = tap * cols.dilation;
    const end = start + cols.stride * (cols.output - 1) + 1;
    const taken: SliceRange = { axis: columns, start, end, step: cols.stride };
    return slice(b, wide, [taken]);
  });
  return gatheredRows(b, stacked(b, shifted, order), order.rows + 1, rows);
}

/** Images shifted to the taps of the rows alone: `[…C, H…, W]` → `[…C, kh · H'…, W]`. */
export const rowTaps = (b: B, x: Value, order: Order, rows: Axis): Value =>
  gatheredRows(b, padded(b, x, order, rows, null), order.rows, rows);

/**
 * Cotangents shifted against the taps of the columns, over all columns of the image, which must have stride 1:
 * `[…O, H'…, W']` → `[…O, kw, H'…, W]`.
 */
export function columnTaps(b: B, cotangent: Value, order: Order, cols: Axis): Value {
  const shifts = cotangentShifts(cols);
  if (!b.portable && multiplies(shifts, order.mostColumns.cotangents)) {
    return order === wholeBatchOrder
      ? eachShift(b, cotangent, shifts)
      : allShifts(b, cotangent, shifts, range(b.dims(cotangent)[order.rows] as number));
  }
  const shifted = range(cols.kernel).map((tap) => {
    const start = tap * cols.dilation - cols.begin;
    return pad(b, cotangent, [0, 0, 0, start, 0, 0, 0, cols.input - cols.output - start]);
  });
  return stacked(b, shifted, order);
}
