import type { Node } from '../../ir/index.js';
import type { GradientRule } from '../rule.js';
import { exponentialLinear } from './activation/exponential-linear.js';
import { gelu } from './activation/gelu.js';
import { hardSigmoid } from './activation/hard-sigmoid.js';
import { hardSwish } from './activation/hard-swish.js';
import { leakyRelu } from './activation/leaky-relu.js';
import { logSoftmax } from './activation/log-softmax.js';
import { mish } from './activation/mish.js';
import { prelu } from './activation/prelu.js';
import { relu } from './activation/relu.js';
import { sigmoid } from './activation/sigmoid.js';
import { softmax } from './activation/softmax.js';
import { softplus } from './activation/softplus.js';
import { softsign } from './activation/softsign.js';
import { tanh } from './activation/tanh.js';
import { thresholdedRelu } from './activation/thresholded-relu.js';
import { conv } from './conv/conv.js';
import { convTranspose } from './conv/conv-transpose.js';
import { abs } from './elementwise/abs.js';
import { add, sub } from './elementwise/add.js';
import { cast } from './elementwise/cast.js';
import { clip } from './elementwise/clip.js';
import { erf } from './elementwise/erf.js';
import { exp } from './elementwise/exp.js';
import { extremum } from './elementwise/extremum.js';
import { log } from './elementwise/log.js';
import { mean } from './elementwise/mean.js';
import { div, mul } from './elementwise/mul.js';
import { neg } from './elementwise/neg.js';
import { pow } from './elementwise/pow.js';
import { reciprocal } from './elementwise/reciprocal.js';
import { cos, sin } from './elementwise/sine.js';
import { sqrt } from './elementwise/sqrt.js';
import { where } from './elementwise/where.js';
import { einsum } from './matrix/einsum.js';
import { gemm } from './matrix/gemm.js';
import { matmul } from './matrix/matmul.js';
import { batchNormalization } from './normalization/batch-normalization.js';
import { groupNormalization } from './normalization/group-normalization.js';
import { layerNormalization } from './normalization/layer-normalization.js';
import { lpNormalization } from './normalization/lp-normalization.js';
import { lrn } from './normalization/lrn.js';
import { averagePool } from './pool/average-pool.js';
import { globalAveragePool } from './pool/global-average-pool.js';
import { globalMaxPool } from './pool/global-max-pool.js';
import { lpPool } from './pool/lp-pool.js';
import { maxPool } from './pool/max-pool.js';
import { dropout } from './random/dropout.js';
import { cumSum } from './reduction/cum-sum.js';
import { reduceExtremum } from './reduction/extremum.js';
import { reduceL1, reduceL2, reduceSumSquare } from './reduction/norms.js';
import { reduceLogSum, reduceLogSumExp } from './reduction/reduce-log-sum.js';
import { reduceProd } from './reduction/reduce-prod.js';
import { reduceSum } from './reduction/reduce-sum.js';
import { resize } from './resize/resize.js';
import { concat } from './shape/concat.js';
import { depthToSpace, spaceToDepth } from './shape/depth-space.js';
import { expand } from './shape/expand.js';
import { gather } from './shape/gather.js';
import { gatherElements } from './shape/gather-elements.js';
import { identity } from './shape/identity.js';
import { pad } from './shape/pad.js';
import { reshape } from './shape/reshape.js';
import { scatterElements, scatterNd } from './shape/scatter.js';
import { slice } from './shape/slice.js';
import { split } from './shape/split.js';
import { tile } from './shape/tile.js';
import { transpose } from './shape/transpose.js';
import { trilu } from './shape/trilu.js';

/** Every operator that gradients go back through. */
export const gradientRules: readonly GradientRule[] = [
  abs,
  add,
  averagePool,
  batchNormalization,
  cast,
  clip,
  concat,
  conv,
  convTranspose,
  cos,
  cumSum,
  depthToSpace,
  div,
  dropout,
  einsum,
  erf,
  exp,
  expand,
  exponentialLinear,
  extremum,
  gather,
  gatherElements,
  gelu,
  gemm,
  globalAveragePool,
  globalMaxPool,
  groupNormalization,
  hardSigmoid,
  hardSwish,
  identity,
  layerNormalization,
  leakyRelu,
  log,
  logSoftmax,
  lpNormalization,
  lpPool,
  lrn,
  matmul,
  maxPool,
  mean,
  mish,
  mul,
  neg,
  pad,
  pow,
  prelu,
  reciprocal,
  reduceExtremum,
  reduceL1,
  reduceL2,
  reduceLogSum,
  reduceLogSumExp,
  reduceProd,
  reduceSum,
  reduceSumSquare,
  relu,
  reshape,
  resize,
  scatterElements,
  scatterNd,
  sigmoid,
  sin,
  slice,
  softmax,
  softplus,
  softsign,
  spaceToDepth,
  split,
  sqrt,
  sub,
  tanh,
  thresholdedRelu,
  tile,
  transpose,
  trilu,
  where,
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
