import type { Dim } from '../../value.js';
import type { NodeContext } from '../context.js';
import { broadcast, differ, typed } from '../dims.js';
import type { TypeRule } from './rule.js';

/** numpy's matmul: a vector counts as a row on the left and as a column on the right. */
function product(a: readonly Dim[] | null, b: readonly Dim[] | null): Dim[] | null {
  if (!a || !b || a.length === 0 || b.length === 0) return null;
  const inner = b.length === 1 ? b[0] : b.at(-2);
  if (differ(a.at(-1) ?? null, inner ?? null)) return null;
  const batch = broadcast([a.slice(0, -2), b.slice(0, -2)]);
  const rows = a.length === 1 ? [] : a.slice(-2, -1);
  const columns = b.length === 1 ? [] : b.slice(-1);
  return batch && [...batch, ...rows, ...columns];
}

const matMul: TypeRule = {
  opTypes: ['MatMul', 'MatMulInteger'],
  infer(context) {
    const dtype =
      context.node.opType === 'MatMul' ? (context.dtype(0) ?? context.dtype(1)) : 'int32';
    return [typed(dtype, product(context.shape(0), context.shape(1)))];
  },
};

const qLinearMatMul: TypeRule = {
  opTypes: ['QLinearMatMul'],
  infer: (context) => [typed(context.dtype(7), product(context.shape(0), context.shape(3)))],
};

/** A matrix as Gemm reads it, transposed where the attribute says so. */
function matrix(context: NodeContext, index: number, transpose: string): readonly Dim[] | null {
  const shape = context.shape(index);
  if (shape?.length !== 2) return null;
  return context.node.int(transpose, 0) ? shape.toReversed() : shape;
}

const gemm: TypeRule = {
  opTypes: ['Gemm'],
  infer(context) {
    const dtype = context.dtype(0) ?? context.dtype(1);
    return [typed(dtype, product(matrix(context, 0, 'transA'), matrix(context, 1, 'transB')))];
  },
};

export const matmulRules: readonly TypeRule[] = [matMul, qLinearMatMul, gemm];
