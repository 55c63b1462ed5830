export { buildTrainingStep, type StepOptions } from './build.js';
export * from './run.js';
export * from './step.js';
export { type TrainingFormOptions, trainingForm } from './training-form.js';
