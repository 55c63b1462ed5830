import type { TrainingMethod } from './method.js';

export const baseline: TrainingMethod = {
  name: 'baseline',
  source: '',
  description: 'the model as it is',
  prepare: (model) => ({ model, scalings: null, schedule: 'none', notes: [] }),
};
