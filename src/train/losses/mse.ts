import { mean } from './graph.js';
import type { Loss } from './loss.js';

/** `(z − t)²`, averaged over all elements. */
export const mse: Loss = {
  name: 'mse',
  source: 'torch.nn.MSELoss',
  build(b, outputs, targets) {
    const difference = b.op('Sub', [outputs, targets]);
    return mean(b, b.op('Mul', [difference, difference]));
  },
};
