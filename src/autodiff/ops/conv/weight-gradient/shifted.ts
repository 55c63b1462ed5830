import type { Value } from '../../../../ir/index.js';
import type { TypedBuilder } from '../../../builder.js';
import { reshape, transpose } from '../../../layout.js';
import type { Axis, ConvGeometry } from '../geometry.js';
import { cotangentShifts, imageShifts, multiplies } from './column-products.js';
import { moved } from './cost.js';
import { columnTaps, imageTaps, type Order, perImageOrder, rowTaps } from './taps.js';

type B = TypedBuilder;

/** A convolution over images, as opposed to sequences and volumes. */
export const isPlanar = ({ axes }: ConvGeometry): boolean => axes.length === 2;

export const planarAxes = ({ axes }: ConvGeometry): readonly [Axis, Axis] =>
  axes as unknown as readonly [Axis, Axis];

/** Which operand is shifted to the taps of the columns: the one that has less to copy. */
function shiftsCotangent(geometry: ConvGeometry): boolean {
  const [rows, cols] = planarAxes(geometry);
  if (cols.stride !== 1) return false;
  if (cols.kernel === 1) return cols.begin > 0 || cols.end > 0;
  const { inputs, outputs } = geometry;
  return (
    rows.kernel * inputs + 2 * cols.kernel * outputs < (rows.kernel + 2) * cols.kernel * inputs
  );
}

/** Matrices of images and of cotangents, shifted; `left · rightᵀ` sums over positions to the gradient at all taps at once. */
export interface Factors {
  /** Channels of a group and some taps `× depth`, in memory order. */
  readonly left: Value;
  readonly leftRows: number;
  readonly right: Value;
  readonly rightRows: number;
  /** Positions that are summed over, of one image. */
  readonly positions: number;
  /** From the product, `[group, leftRows, rightRows]`, to the weight. */
  weight(product: Value): Value;
}

export function factors(b: B, x: Value, dy: Value, order: Order, geometry: ConvGeometry): Factors {
  const [rows, cols] = planarAxes(geometry);
  const { group, inputs, outputs } = geometry;
  const [kh, kw] = [rows.kernel, cols.kernel];
  const dims = [group * outputs, inputs, kh, kw];
  if (shiftsCotangent(geometry)) {
    return {
      left: rowTaps(b, x, order, rows),
      leftRows: inputs * kh,
      right: columnTaps(b, dy, order, cols),
      rightRows: outputs * kw,
      positions: rows.output * cols.input,
      weight(product) {
        const apart = reshape(b, product, [group, inputs, kh, outputs, kw]);
        return reshape(b, transpose(b, apart, [0, 3, 1, 2, 4]), dims);
      },
    };
  }
  const image = imageTaps(b, x, order, [rows, cols]);
  const positions = rows.output * cols.output;
  if (kh * kw === 1) {
    // This way round the product is the weight as it is.
    const [leftRows, rightRows] = [outputs, inputs];
    const weight = (product: Value) => reshape(b, product, dims);
    return { left: dy, leftRows, right: image, rightRows, positions, weight };
  }
  return {
    left: image,
    leftRows: inputs * kw * kh,
    right: dy,
    rightRows: outputs,
    positions,
    weight(product) {
      const apart = reshape(b, product, [group, inputs, kw, kh, outputs]);
      return reshape(b, transpose(b, apart, [0, 4, 1, 3, 2]), dims);
    },
  };
}

export interface FactorSizes {
  readonly leftRows: number;
  readonly rightRows: number;
  readonly positions: number;
  /** Nanoseconds to copy. */
  readonly copying: number;
}

/** Nanoseconds to shift columns: products write each shift once, copies twice and run by run. */
const shifting = (elements: number, run: number, byProduct: boolean): number =>
  byProduct ? moved(elements) : moved(2 * elements, run);

/** What {@link factors} makes, without making it. */
export function factorSizes(geometry: ConvGeometry, order: Order): FactorSizes {
  const [rows, cols] = planarAxes(geometry);
  const { batch, group, inputs, outputs } = geometry;
  const [kh, kw] = [rows.kernel, cols.kernel];
  const images = batch * group * inputs;
  const cotangents = batch * group * outputs;
  const isPadded = (axis: Axis): number => (axis.begin > 0 || axis.end > 0 ? 1 : 0);
  const rowCopies = kh > 1 || rows.stride > 1 ? kh : 0;
  if (shiftsCotangent(geometry)) {
    const positions = rows.output * cols.input;
    const byProduct = multiplies(cotangentShifts(cols), order.mostColumns.cotangents);
    const ordered = byProduct && order === perImageOrder ? cotangents * positions * kw : 0;
    const copied = images * (positions * rowCopies + isPadded(rows) * rows.input * cols.input);
    const copying =
      moved(copied + ordered, cols.input) +
      shifting(cotangents * positions * kw, cols.input, byProduct);
    return { leftRows: inputs * kh, rightRows: outputs * kw, positions, copying };
  }
  const positions = rows.output * cols.output;
  const byProduct = multiplies(imageShifts(cols), order.mostColumns.images);
  const columnCopies = kw > 1 || cols.stride > 1 ? kw : 0;
  const isPaddedFirst = byProduct ? 0 : Math.max(isPadded(rows), isPadded(cols));
  const copied = images * (positions * rowCopies * kw + isPaddedFirst * rows.input * cols.input);
  const copying =
    moved(copied, cols.output) +
    shifting(images * rows.input * cols.output * columnCopies, cols.output, byProduct);
  return { leftRows: inputs * kh * kw, rightRows: outputs, positions, copying };
}
