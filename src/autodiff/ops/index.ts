import type { Node } from '../../ir/index.js';
import type { GradientRule } from '../rule.js';
import { logSoftmax } from './activation/log-softmax.js';
import { relu } from './activation/relu.js';
import { softmax } from './activation/softmax.js';
import { conv } from './conv/conv.js';
import { convTranspose } from './conv/conv-transpose.js';
import { add, sub } from './elementwise/add.js';
import { exp } from './elementwise/exp.js';
import { log } from './elementwise/log.js';
import { div, mul } from './elementwise/mul.js';
import { neg } from './elementwise/neg.js';
import { gemm } from './matrix/gemm.js';
import { matmul } from './matrix/matmul.js';
import { batchNormalization } from './normalization/batch-normalization.js';
import { averagePool } from './pool/average-pool.js';
import { globalAveragePool } from './pool/global-average-pool.js';
import { maxPool } from './pool/max-pool.js';
import { reduceSum } from './reduction/reduce-sum.js';
import { identity } from './shape/identity.js';
import { reshape } from './shape/reshape.js';
import { transpose } from './shape/transpose.js';

/** Every operator that gradients go back through. */
export const gradientRules: readonly GradientRule[] = [
  add,
  averagePool,
  batchNormalization,
  conv,
  convTranspose,
  div,
  exp,
  gemm,
  globalAveragePool,
  identity,
  log,
  logSoftmax,
  matmul,
  maxPool,
  mul,
  neg,
  reduceSum,
  relu,
  reshape,
  softmax,
  sub,
  transpose,
];

/** Operators whose results do not change with small changes of their operands: their gradient is zero by definition. */
export const constantOps: readonly string[] = [
  'And',
  'ArgMax',
  'ArgMin',
  'Bernoulli',
  'Ceil',
  'ConstantOfShape',
  'Equal',
  'EyeLike',
  'Floor',
  'Greater',
  'GreaterOrEqual',
  'IsInf',
  'IsNaN',
  'Less',
  'LessOrEqual',
  'NonZero',
  'Not',
  'OneHot',
  'Or',
  'RandomNormalLike',
  'RandomUniformLike',
  'Range',
  'Round',
  'Shape',
  'Sign',
  'Size',
  'Xor',
];

const byType = new Map(
  gradientRules.flatMap((rule) => rule.opTypes.map((t) => [t, rule] as const)),
);
const constants = new Set(constantOps);

export const ruleOf = (node: Node): GradientRule | undefined =>
  node.domain === '' ? byType.get(node.opType) : undefined;

export const isConstantOp = (node: Node): boolean =>
  node.domain === '' && constants.has(node.opType);
