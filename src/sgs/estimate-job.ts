import { type EstimatorOptions, type FeatureMap, findEstimator } from './estimators/index.js';
import type { ConvWindow } from './window.js';

/** One call of an estimator, as plain data that threads can be given. */
export interface EstimateJob {
  /** Its name. */
  readonly estimator: string;
  readonly feature: FeatureMap;
  readonly window: ConvWindow;
  readonly options: EstimatorOptions;
}

export const estimate = ({ estimator, feature, window, options }: EstimateJob): Float64Array =>
  findEstimator(estimator).estimate(feature, window, options);
