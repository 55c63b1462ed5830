import { refuse, type Verdict } from '../../errors.js';
import type { Node } from '../../ir/index.js';
import { addition, scaling } from './arithmetic.js';
import { averagePool } from './average-pool.js';
import { batchNormalization } from './batch-normalization.js';
import { concat, gather, split } from './channels.js';
import { conv } from './conv.js';
import { convTranspose } from './conv-transpose.js';
import { identity } from './identity.js';
import type { LinearOp, Lowered, LoweringContext } from './lowering.js';
import { gemm, matMul } from './matmul.js';
import { pad } from './pad.js';
import { reshape } from './reshape.js';
import { slice } from './slice.js';
import { transpose } from './transpose.js';

/** Every operator that the merge algebra understands. */
export const linearOps: readonly LinearOp[] = [
  conv,
  convTranspose,
  gemm,
  matMul,
  batchNormalization,
  addition,
  scaling,
  identity,
  averagePool,
  pad,
  slice,
  concat,
  split,
  gather,
  transpose,
  reshape,
];

const byType = new Map(linearOps.flatMap((op) => op.opTypes.map((type) => [type, op] as const)));

export const isLinearOp = (node: Node): boolean => node.domain === '' && byType.has(node.opType);

/** The affine map that a node computes from its operands, or why it is none. */
export function lowerNode(node: Node, output: number, context: LoweringContext): Verdict<Lowered> {
  const op = node.domain === '' ? byType.get(node.opType) : undefined;
  if (!op) return refuse(`${node.opType} is not linear`, node.label);
  return op.lower(node, output, context);
}

export type { LinearOp, Lowered, LoweringContext } from './lowering.js';
export { reshape } from './reshape.js';
