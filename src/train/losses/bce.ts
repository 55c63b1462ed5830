import { mean } from './graph.js';
import type { Loss } from './loss.js';

/** `−t log σ(z) − (1 − t) log(1 − σ(z)) = softplus(z) − z t`, averaged over all elements. */
export const bce: Loss = {
  name: 'bce',
  source: 'torch.nn.BCEWithLogitsLoss',
  build(b, outputs, targets) {
    const product = b.op('Mul', [outputs, targets]);
    return mean(b, b.op('Sub', [b.op('Softplus', [outputs]), product]));
  },
  value(outputs, targets) {
    const terms = outputs.map((z, k) => {
      return Math.max(z, 0) - z * (targets[k] as number) + Math.log1p(Math.exp(-Math.abs(z)));
    });
    return terms.reduce((a, b) => a + b, 0) / outputs.length;
  },
};
