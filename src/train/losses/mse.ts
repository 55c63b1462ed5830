import { mean } from './graph.js';
import type { Loss } from './loss.js';

/** `(z − t)²`, averaged over all elements. */
export const mse: Loss = {
  name: 'mse',
  source: 'torch.nn.MSELoss',
  anyShape: true,
  build(b, outputs, targets) {
    const difference = b.op('Sub', [outputs, targets]);
    return mean(b, b.op('Mul', [difference, difference]));
  },
  value(outputs, targets) {
    const squares = outputs.map((z, k) => (z - (targets[k] as number)) ** 2);
    return squares.reduce((a, b) => a + b, 0) / outputs.length;
  },
};
