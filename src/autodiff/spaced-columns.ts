import type { Value } from '../ir/index.js';
import { Tensor } from '../tensor/index.js';
import type { TypedBuilder } from './builder.js';

/**
 * `step − 1` zeros behind each element of the last axis, and `rows − 1` rows of zeros behind each row: `[…, W]` →
 * `[…, rows · W · step]`. A product with a matrix of zeros and ones, which onnxruntime computes faster than it pads element
 * by element.
 */
export function spacedColumns(b: TypedBuilder, x: Value, step: number, rows = 1): Value {
  const width = b.dims(x).at(-1) as number;
  const wide = width * step;
  const places = new Float64Array(width * rows * wide);
  for (let i = 0; i < width; i++) places[i * rows * wide + i * step] = 1;
  const matrix = Tensor.fromNumbers(b.dtype(x), [width, rows * wide], places);
  return b.op('MatMul', [x, b.constant(matrix, 'places')]);
}
