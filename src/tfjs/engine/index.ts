import type { TrainingEngine } from '../../train/engines/engine.js';
import { openTfStep } from './open.js';
import { planStep } from './plan.js';

export const tfjsEngine: TrainingEngine = {
  name: 'tfjs',
  description: 'TensorFlow.js runs the model and differentiates it itself',
  prepare(model, options) {
    const plan = planStep(model, options);
    return { ...plan, open: (given) => openTfStep(plan, given) };
  },
};
