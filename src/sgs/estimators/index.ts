import { ReparamError } from '../../errors.js';
import { corrected } from './corrected.js';
import type { Estimator } from './estimator.js';
import { paper } from './paper.js';

export type { Estimator, EstimatorOptions, FeatureMap } from './estimator.js';

/** Estimators of spatial gradient scaling; the first is the default. */
export const estimators: readonly [Estimator, ...Estimator[]] = [corrected, paper];

/** @throws ReparamError ('usage') for a name that no estimator has. */
export function findEstimator(name: string): Estimator {
  const found = estimators.find((estimator) => estimator.name === name);
  if (found) return found;
  throw new ReparamError('usage', `there is no estimator '${name}'`, {
    hint: `choose one of ${estimators.map((estimator) => estimator.name).join(', ')}`,
  });
}
