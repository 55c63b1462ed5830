import type { Value } from '../../../ir/index.js';
import { Tensor } from '../../../tensor/index.js';
import type { TypedBuilder } from '../../builder.js';
import { flatSize, reshape } from '../../layout.js';

/** What an operator that is linear and works on one axis does to it: a row for each output, a column for each input. */
export type AxisMatrix = readonly Float64Array[];

/** The matrix that copies, into each output, the input of an index; -1 stands for nothing. */
export const copies = (sources: readonly number[], length: number): AxisMatrix =>
  sources.map((source) => {
    const row = new Float64Array(length);
    if (source >= 0) row[source] = 1;
    return row;
  });

/**
 * The gradient of an operator on one axis: each line of the cotangent along the axis, multiplied with the transposed
 * matrix.
 * @param cotangent `[…, rows, …]` @returns `[…, columns, …]`
 */
export function alongAxisGradient(
  b: TypedBuilder,
  cotangent: Value,
  axis: number,
  matrix: AxisMatrix,
): Value {
  const dims = b.dims(cotangent);
  const [rows, columns] = [matrix.length, matrix[0]?.length ?? 0];
  const [lead, tail] = [flatSize(dims, 0, axis), flatSize(dims, axis + 1)];
  const constant = (shape: readonly number[], value: (i: number) => number): Value => {
    const values = Float64Array.from({ length: rows * columns }, (_, i) => value(i));
    return b.constant(Tensor.fromNumbers(b.dtype(cotangent), shape, values), 'matrix');
  };
  const element = (row: number, column: number): number => matrix[row]?.[column] as number;
  const result = dims.with(axis, columns);
  if (tail === 1) {
    const m = constant([rows, columns], (i) => element(Math.floor(i / columns), i % columns));
    return reshape(b, b.op('MatMul', [reshape(b, cotangent, [lead, rows]), m]), result);
  }
  const m = constant([columns, rows], (i) => element(i % rows, Math.floor(i / rows)));
  return reshape(b, b.op('MatMul', [m, reshape(b, cotangent, [lead, rows, tail])]), result);
}
