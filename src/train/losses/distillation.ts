import type { GraphBuilder, Value } from '../../ir/index.js';
import { mean, scalar, sum } from './graph.js';

/** How much a model learns from a teacher's outputs. */
export interface Distillation {
  /** The teacher's part of the loss, from 0 to 1. */
  readonly alpha: number;
  /** T: what outputs are divided by before they are compared. */
  readonly temperature: number;
}

/**
 * `T² · KL(softmax(teacher / T) ‖ softmax(student / T))`, averaged over the batch (Hinton et al., arXiv:1503.02531,
 * section 2; torch.nn.KLDivLoss with `batchmean`): T² makes gradients as large as they are at T = 1.
 * @param student `[N, K]` @param teacher `[N, K]` @returns a value without axes
 */
export function distillationLoss(
  b: GraphBuilder,
  student: Value,
  teacher: Value,
  temperature: number,
): Value {
  const [learned, taught] = [student, teacher].map((outputs) =>
    b.op('LogSoftmax', [b.op('Mul', [outputs, scalar(b, 1 / temperature)])], { axis: 1 }),
  ) as [Value, Value];
  const terms = b.op('Mul', [b.op('Exp', [taught]), b.op('Sub', [taught, learned])]);
  return b.op('Mul', [mean(b, sum(b, terms, [1])), scalar(b, temperature ** 2)]);
}

/** `(1 − α) · loss + α · distillation`. */
export function withDistillation(
  b: GraphBuilder,
  loss: Value,
  distilled: Value,
  alpha: number,
): Value {
  const [own, taught] = [
    b.op('Mul', [loss, scalar(b, 1 - alpha)]),
    b.op('Mul', [distilled, scalar(b, alpha)]),
  ];
  return b.op('Add', [own, taught]);
}
