import { inputError, type ReparamError } from '../../errors.js';
import { elementCount } from '../../tensor/index.js';
import type { ConvWindow } from '../window.js';

/** The input of a convolution. */
export interface FeatureMap {
  readonly data: Float32Array;
  /** [N, C, ...spatial] */
  readonly dims: readonly number[];
}

export interface EstimatorOptions {
  /** By how much the odds of a dependence are multiplied; 5 by default, as in the paper. */
  readonly k?: number;
  /** Whether pairs with a zero are left out, as the paper does on ImageNet; false by default. */
  readonly removeZeros?: boolean;
}

export interface Estimator {
  readonly name: string;
  /** The paper. */
  readonly source: string;
  /** One line that tells it from the others. */
  readonly description: string;
  /** Whether it looks at the images of all batches together, and not at one batch after the other. */
  readonly pooled: boolean;
  /**
   * How much the gradient at each tap of a kernel is to be scaled, after how much the pixels that it sees depend on those
   * that the middle tap sees.
   * @returns G [...kernel], row-major, mean 1, never NaN: 1 everywhere where nothing can be measured
   * @throws ReparamError for a feature map that holds infinite values or NaN
   */
  readonly estimate: (
    feature: FeatureMap,
    window: ConvWindow,
    options?: EstimatorOptions,
  ) => Float64Array;
}

export const paperSource = 'Detkov et al., ICLR 2023, arXiv:2303.02733';

export const ones = (kernel: readonly number[]): Float64Array =>
  new Float64Array(elementCount(kernel)).fill(1);

export const notFinite = (channel: number): ReparamError =>
  inputError(`a feature map holds infinite values or NaN (channel ${channel})`, {
    hint: 'training has diverged: a lower learning rate or a longer warm-up keeps weights finite',
  });
