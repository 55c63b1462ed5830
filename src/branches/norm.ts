import { constantNodeTensor, type Node, type Value } from '../ir/index.js';
import type { Tensor } from '../tensor/index.js';

/** An inference BatchNormalization with constant parameters, each [channels]. */
export interface Norm {
  readonly scale: Float64Array;
  readonly shift: Float64Array;
  readonly mean: Float64Array;
  readonly variance: Float64Array;
  readonly epsilon: number;
  readonly momentum: number;
}

/** What PyTorch's BatchNorm2d has by itself, as an attribute holds it. */
export const usualNorm = { epsilon: Math.fround(1e-5), momentum: 0.9 } as const;

/** `scale / √(variance + epsilon)`, a channel each. */
export const normFactor = (norm: Norm): Float64Array =>
  norm.scale.map((scale, c) => scale / Math.sqrt((norm.variance[c] as number) + norm.epsilon));

/** What the norm makes of zero, a channel each. */
export function normOfZero(norm: Norm): Float64Array {
  const factor = normFactor(norm);
  return norm.shift.map((shift, c) => shift - (norm.mean[c] as number) * (factor[c] as number));
}

/** The data of an initializer or a Constant node, also behind Identity; null for what is computed or given. */
export function constantOf(value: Value): Tensor | null {
  let at = value;
  for (let steps = 0; steps < 64; steps++) {
    if (at.constant) return at.constant;
    const node = at.producer;
    if (node?.is('Constant')) return constantNodeTensor(node);
    const [source] = node?.is('Identity') ? node.inputs : [];
    if (!source) return null;
    at = source;
  }
  return null;
}

/** The norm that alone reads `value`, null when there is none or it cannot be read. */
export function normAfter(value: Value, channels: number): { node: Node; norm: Norm } | null {
  const [node] = value.users;
  if (!node?.is('BatchNormalization') || value.users.size > 1 || value.outputOf.size > 0)
    return null;
  if (node.inputs[0] !== value || node.int('training_mode', 0) !== 0) return null;
  if (node.results.length !== 1) return null;
  const parts = node.inputs.slice(1).map((input) => input && constantOf(input));
  const numbers = parts.map((tensor) => (tensor?.size === channels ? tensor.toNumbers() : null));
  const [scale, shift, mean, variance] = numbers;
  if (!scale || !shift || !mean || !variance) return null;
  const epsilon = node.float('epsilon', usualNorm.epsilon);
  const momentum = node.float('momentum', usualNorm.momentum);
  return { node, norm: { scale, shift, mean, variance, epsilon, momentum } };
}
