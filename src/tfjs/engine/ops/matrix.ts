import { type Call, rule, type TfRule } from '../call.js';
import type { TfTensor } from '../tf.js';
import { broadcasted } from './layout.js';

/** `α · A B + β · C`, A and B transposed where that is asked for. */
function gemm(call: Call): TfTensor {
  const { tf, node } = call;
  const [transA, transB] = [node.int('transA', 0) !== 0, node.int('transB', 0) !== 0];
  const [alpha, beta] = [node.float('alpha', 1), node.float('beta', 1)];
  const product = tf.matMul(call.input(0), call.input(1), transA, transB);
  const scaled = alpha === 1 ? product : tf.mul(product, alpha);
  const [, , term] = call.inputs;
  if (!term) return scaled;
  return tf.add(scaled, beta === 1 ? term : tf.mul(term, beta));
}

function matMul(call: Call): TfTensor {
  const [x, y] = [call.input(0), call.input(1)];
  if (x.rank < 2 || y.rank < 2) call.refuse('multiplies with a vector');
  return call.tf.matMul(...broadcasted(call.tf, x, y, 2));
}

/** Products of matrices. */
export const matrices: readonly TfRule[] = [rule('Gemm', gemm), rule('MatMul', matMul)];
