import type { ScalingFamily } from './family.js';
import { line, weighted, whole } from './masks.js';

export const acb: ScalingFamily = {
  name: 'acb',
  source: 'ACNet, arXiv:1908.03930',
  description: 'k×k, 1×k and k×1',
  scaling: (kernel) =>
    weighted([[1, whole(kernel)], ...kernel.map((_, axis) => [1, line(kernel, axis)] as const)]),
};
