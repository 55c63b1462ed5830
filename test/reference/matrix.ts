import type { Node } from '../../src/ir/index.js';
import { at, generate, type NdArray } from './array.js';
import { broadcast } from './elementwise.js';

/** `[…, M, K] · [K, N]`, or with the same leading axes on both sides. */
export function matMul(a: NdArray, b: NdArray): NdArray {
  const inner = a.dims.at(-1) as number;
  if (b.dims.at(-2) !== inner) throw new Error('MatMul: shapes do not meet');
  return generate([...a.dims.slice(0, -1), b.dims.at(-1) as number], (position) => {
    const column = position.at(-1) as number;
    const lead = b.dims.length === 2 ? [] : position.slice(0, -2);
    let sum = 0;
    for (let k = 0; k < inner; k++) {
      sum += at(a, [...position.slice(0, -1), k]) * at(b, [...lead, k, column]);
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
