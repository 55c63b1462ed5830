import { float } from '../../../ir/index.js';
import { times } from '../../arithmetic.js';
import { sumTo } from '../../reduce.js';
import type { GradientRule } from '../../rule.js';

/** Gemm: `y = alpha · a b + beta · c`, with `a` and `b` transposed where the attributes say so. */
export const gemm: GradientRule = {
  opTypes: ['Gemm'],
  vjp(view) {
    const { builder: b, node, cotangent: y, needs } = view;
    const alpha = float(node.float('alpha', 1));
    const [transA, transB] = [node.int('transA', 0), node.int('transB', 0)];
    const [left, right] = [view.input(0), view.input(1)];
    const da = transA
      ? () => b.op('Gemm', [right, y], { alpha, transA: transB, transB: 1 })
      : () => b.op('Gemm', [y, right], { alpha, transB: 1 - transB });
    const db = transB
      ? () => b.op('Gemm', [y, left], { alpha, transA: 1, transB: transA })
      : () => b.op('Gemm', [left, y], { alpha, transA: 1 - transA });
    const c = view.inputs[2];
    return [
      needs[0] ? da() : null,
      needs[1] ? db() : null,
      needs[2] && c ? times(b, sumTo(b, y, b.dims(c)), node.float('beta', 1)) : null,
    ];
  },
};
