export { type SpatialConv, spatialConvs } from './convs.js';
export {
  type Estimator,
  type EstimatorOptions,
  estimators,
  type FeatureMap,
  findEstimator,
} from './estimators/index.js';
export { meanOne, type ScalingFamily, scalingFamilies } from './families/index.js';
export { type ConvInput, type FeatureMapOptions, featureMaps } from './feature-maps.js';
export { type RefreshOptions, refreshScalings, type Scaling } from './refresh.js';
export { type BranchScales, type RepOptimized, repOptimized } from './rep-optimizer.js';
export type { ConvWindow } from './window.js';
