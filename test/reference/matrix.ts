import type { Node } from '../../src/ir/index.js';
import { at, generate, type NdArray, offsetOf } from './array.js';
import { broadcast } from './elementwise.js';

/**
 * `[…, M, K] · […, K, N]`; leading axes that one side lacks, or has with length 1, are repeated. A vector is a row on the
 * left and a column on the right, and has no such axis in the result.
 */
export function matMul(a: NdArray, b: NdArray): NdArray {
  if (a.dims.length === 1) {
    const { dims, data } = matMul({ ...a, dims: [1, ...a.dims] }, b);
    return { dims: dims.toSpliced(-2, 1), data };
  }
  if (b.dims.length === 1) {
    const { dims, data } = matMul(a, { ...b, dims: [...b.dims, 1] });
    return { dims: dims.slice(0, -1), data };
  }
  const inner = a.dims.at(-1) as number;
  if (b.dims.at(-2) !== inner) throw new Error('MatMul: shapes do not meet');
  const rank = Math.max(a.dims.length, b.dims.length);
  const lead = Array.from({ length: rank - 2 }, (_, axis) => {
    const of = ({ dims }: NdArray): number => dims[axis - (rank - dims.length)] ?? 1;
    return Math.max(of(a), of(b));
  });
  const leadOf = ({ dims }: NdArray, position: readonly number[]): number[] =>
    dims
      .slice(0, -2)
      .map((length, i) => (length === 1 ? 0 : (position[i + rank - dims.length] as number)));
  const columns = b.dims.at(-1) as number;
  return generate([...lead, a.dims.at(-2) as number, columns], (position) => {
    const [row = 0, column = 0] = position.slice(-2);
    const [left, right] = [leadOf(a, position), leadOf(b, position)];
    const from = offsetOf(a.dims, [...left, row, 0]);
    const down = offsetOf(b.dims, [...right, 0, column]);
    let sum = 0;
    for (let k = 0; k < inner; k++) {
      sum += (a.data[from + k] as number) * (b.data[down + k * columns] as number);
    }
    return sum;
  });
}

/** `alpha · A' · B' + beta · C`. */
export function gemm(node: Node, a: NdArray, b: NdArray, c: NdArray | null): NdArray {
  const left = node.int('transA', 0) === 1 ? swapped(a) : a;
  const right = node.int('transB', 0) === 1 ? swapped(b) : b;
  const alpha = node.float('alpha', 1);
  const beta = node.float('beta', 1);
  const product = matMul(left, right);
  const scaled = { dims: product.dims, data: product.data.map((value) => alpha * value) };
  return c ? broadcast([scaled, c], ([p = 0, q = 0]) => p + beta * q) : scaled;
}

const swapped = (a: NdArray): NdArray =>
  generate([...a.dims].reverse(), ([i = 0, j = 0]) => at(a, [j, i]));
