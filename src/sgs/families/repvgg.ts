import type { ScalingFamily } from './family.js';
import { middle, weighted, whole } from './masks.js';

export const repvgg: ScalingFamily = {
  name: 'repvgg',
  source: 'RepVGG, arXiv:2101.03697',
  description: 'k×k and 1×1',
  scaling: (kernel) =>
    weighted([
      [1, whole(kernel)],
      [1, middle(kernel)],
    ]),
};
