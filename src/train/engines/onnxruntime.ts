import { buildTrainingStep, openStep } from '../step/index.js';
import type { TrainingEngine } from './engine.js';

export const onnxruntimeEngine: TrainingEngine = {
  name: 'onnxruntime',
  description: 'every step is one run of one ONNX graph, gradients included',
  prepare(model, options) {
    const step = buildTrainingStep(model, options);
    return { ...step, open: (given) => openStep(step, given) };
  },
};
