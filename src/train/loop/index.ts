export { openValidation, type ValidationOptions } from './data.js';
export { evaluate } from './evaluate.js';
export { type Evaluation, evaluateOn } from './evaluate-on.js';
export * from './events.js';
export type { Meter } from './meter.js';
export { openBatch, openSourceModel, setInitializers } from './source-model.js';
export { type TrainOptions, train } from './train.js';
