export * from './arithmetic.js';
export { TypedBuilder } from './builder.js';
export * from './differentiate.js';
export * from './layout.js';
export { constantOps, gradientRules } from './ops/index.js';
export { raiseOpset } from './raise-opset/index.js';
export * from './reduce.js';
export type { Forward, GradientRule } from './rule.js';
export { NodeView, VjpView } from './view.js';
