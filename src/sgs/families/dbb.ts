import type { ScalingFamily } from './family.js';
import { middle, weighted, whole } from './masks.js';

export const dbb: ScalingFamily = {
  name: 'dbb',
  source: 'Diverse Branch Block, arXiv:2103.13425',
  description: 'k×k, 1×1, 1×1 – k×k counted as another k×k, 1×1 – average by the diagonal of bbᵀ',
  scaling(kernel, power) {
    const all = whole(kernel);
    // A trained 1×1 before a fixed filter b learns along b alone: I + bbᵀ, of which a scaling can be the diagonal.
    const average = 1 / all.length;
    return weighted([
      [2 + average ** power, all],
      [1, middle(kernel)],
    ]);
  },
};
