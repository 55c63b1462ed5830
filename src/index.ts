export {
  constantOps,
  type Differentiated,
  type DifferentiateOptions,
  differentiate,
  type Forward,
  type GradientRule,
  gradientRules,
  NodeView,
  raiseOpset,
  TypedBuilder,
  VjpView,
} from './autodiff/index.js';
export * from './branches/index.js';
export * from './data/index.js';
export * from './errors.js';
export * from './ir/index.js';
export * from './merge/index.js';
export * from './models/index.js';
export * from './onnx/index.js';
export * from './optimizers/index.js';
export * from './report/index.js';
export * from './runtime/index.js';
export * from './sgs/index.js';
export * from './study/index.js';
export * from './tensor/index.js';
export {
  type ImageLayout,
  type ImportedModel,
  type ImportOptions,
  importTfjs,
} from './tfjs/import/import-model.js';
export * from './timing/index.js';
export * from './train/index.js';
export * from './verify/index.js';
