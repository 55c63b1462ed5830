import { tfjsEngine } from '../../tfjs/engine/index.js';
import type { TrainingEngine } from './engine.js';
import { onnxruntimeEngine } from './onnxruntime.js';

/** Everything that can compute training steps; the first one is taken by default. */
export const trainingEngines: readonly [TrainingEngine, ...TrainingEngine[]] = [
  onnxruntimeEngine,
  tfjsEngine,
];

export type { PreparedStep, TrainingEngine } from './engine.js';
export { onnxruntimeEngine } from './onnxruntime.js';
