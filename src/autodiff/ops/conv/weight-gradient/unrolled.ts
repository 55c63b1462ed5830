import { isUnrolled, unrolledWeightGradient } from '../unrolled.js';
import type { WeightGradientFormulation } from './formulation.js';

/** Every pair of positions at once, then the pairs of each tap added up: for images of four elements or less. */
export const unrolled: WeightGradientFormulation = {
  name: 'unrolled',
  applies: isUnrolled,
  // Where it applies it does less than any other.
  cost: () => 0,
  build: unrolledWeightGradient,
};
