export { buildTrainingStep, type StepOptions } from './build.js';
export { type Observation, observe } from './observe.js';
export * from './run.js';
export * from './step.js';
export { type TrainingFormOptions, trainingForm } from './training-form.js';
