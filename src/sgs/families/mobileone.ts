import type { ScalingFamily } from './family.js';
import { middle, weighted, whole } from './masks.js';

const copies = 4;

export const mobileone: ScalingFamily = {
  name: 'mobileone',
  source: 'MobileOne, arXiv:2206.04040',
  description: `${copies} times k×k, and 1×1`,
  scaling: (kernel) =>
    weighted([
      [copies, whole(kernel)],
      [1, middle(kernel)],
    ]),
};
