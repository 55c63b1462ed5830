import type { GraphBuilder, Value } from '../../ir/index.js';
import { mean, scalar, sum } from './graph.js';
import type { Loss, LossContext } from './loss.js';

/** Targets with a part spread evenly over all classes. */
function smoothed(b: GraphBuilder, targets: Value, { labelSmoothing = 0, classes }: LossContext) {
  if (labelSmoothing === 0) return targets;
  const kept = b.op('Mul', [targets, scalar(b, 1 - labelSmoothing)]);
  return b.op('Add', [kept, scalar(b, labelSmoothing / classes)]);
}

/**
 * `−Σ t log softmax(z)`, averaged over the batch. With class weights each term is multiplied with its class's weight,
 * and the sum is divided by the weights of the targets (torch.nn.CrossEntropyLoss).
 */
export const crossEntropy: Loss = {
  name: 'crossentropy',
  source: 'torch.nn.CrossEntropyLoss',
  build(b, outputs, targets, context) {
    const { classWeights, classes } = context;
    const logs = b.op('LogSoftmax', [outputs], { axis: 1 });
    const terms = b.op('Mul', [smoothed(b, targets, context), logs]);
    if (!classWeights) return b.op('Neg', [mean(b, sum(b, terms, [1]))]);
    const weights = b.floats([1, classes], classWeights, 'class_weights');
    const weighted = sum(b, b.op('Mul', [terms, weights]), [0, 1]);
    const total = sum(b, b.op('Mul', [targets, weights]), [0, 1]);
    return b.op('Neg', [b.op('Div', [weighted, total])]);
  },
  value(outputs, targets) {
    const highest = Math.max(...outputs);
    const sum = outputs.reduce((total, z) => total + Math.exp(z - highest), 0);
    const log = highest + Math.log(sum);
    return outputs.reduce((total, z, k) => total + (targets[k] as number) * (log - z), 0);
  },
};
