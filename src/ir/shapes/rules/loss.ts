import { typed } from '../dims.js';
import type { TypeRule } from './rule.js';

/** Scores [N, C, ...] and labels [N, ...] → [N, ...] or, reduced, a scalar; then the log probabilities. */
const loss: TypeRule = {
  opTypes: ['NegativeLogLikelihoodLoss', 'SoftmaxCrossEntropyLoss'],
  infer(context) {
    const whole = context.node.string('reduction', 'mean') !== 'none';
    return [typed(context.dtype(0), whole ? [] : context.shape(1)), context.type(0)];
  },
};

export const lossRules: readonly TypeRule[] = [loss];
