import type { RaiseRule } from '../rule.js';
import { axes, clip, pad, slice, split, topK } from './lists.js';
import { batchNormalization, dropout } from './normalization.js';
import { roiAlign, scan, scatter } from './others.js';
import { resize, upsample } from './resize.js';
import { softmax } from './softmax.js';

/** Operators that have changed their form since opset 7. */
export const raiseRules: readonly RaiseRule[] = [
  axes,
  batchNormalization,
  clip,
  dropout,
  pad,
  resize,
  roiAlign,
  scan,
  scatter,
  slice,
  softmax,
  split,
  topK,
  upsample,
];

/** Operators of opset 7 to 16 whose nodes say the same in opset 17. */
export const unchangedOps: readonly string[] = `
  Abs Acos Acosh Add And ArgMax ArgMin Asin Asinh Atan Atanh AveragePool Bernoulli BitShift Cast CastLike Ceil Celu
  Compress Concat ConcatFromSequence Constant ConstantOfShape Conv ConvInteger ConvTranspose Cos Cosh CumSum
  DepthToSpace DequantizeLinear Det Div DynamicQuantizeLinear Einsum Elu Equal Erf Exp Expand EyeLike Flatten Floor GRU
  Gather GatherElements GatherND Gemm GlobalAveragePool GlobalLpPool GlobalMaxPool Greater GreaterOrEqual GridSample
  HardSigmoid HardSwish Identity If InstanceNormalization Inverse IsInf IsNaN LRN LSTM LeakyRelu Less LessOrEqual Log
  Loop LpNormalization LpPool MatMul MatMulInteger Max MaxPool MaxRoiPool MaxUnpool Mean MeanVarianceNormalization Min
  Mod Mul Multinomial Neg NegativeLogLikelihoodLoss NonMaxSuppression NonZero Not OneHot Optional OptionalGetElement
  OptionalHasElement Or PRelu Pow QLinearConv QLinearMatMul QuantizeLinear RNN RandomNormal RandomNormalLike
  RandomUniform RandomUniformLike Range Reciprocal ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean
  ReduceMin ReduceProd ReduceSumSquare Relu Reshape ReverseSequence Round ScatterElements ScatterND Selu SequenceAt
  SequenceConstruct SequenceEmpty SequenceErase SequenceInsert SequenceLength Shape Shrink Sigmoid Sign Sin Sinh Size
  SoftmaxCrossEntropyLoss Softplus Softsign SpaceToDepth SplitToSequence Sqrt StringNormalizer Sub Sum Tan Tanh
  TfIdfVectorizer ThresholdedRelu Tile Transpose Trilu Unique Where Xor
`
  .trim()
  .split(/\s+/);
