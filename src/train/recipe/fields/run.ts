import { deviceNames } from '../../../runtime/devices.js';
import { choice, count, number } from '../field.js';

/** How long, where, and what is kept. */
export const runFields = {
  epochs: count(100, { least: 1 }, 'how often all images are shown'),
  batchSize: count(128, { least: 1 }, 'images in a batch'),
  seed: count(
    0,
    { least: 0, most: 2 ** 32 - 1 },
    'seed of the first weights, the order of images and their changes',
  ),
  engine: choice(
    'onnxruntime',
    ['onnxruntime', 'tfjs'],
    'what computes the steps: one ONNX graph each, or TensorFlow.js with gradients of its own',
  ),
  device: choice('cpu', deviceNames, 'where to compute, for the engine onnxruntime'),
  checkpointEvery: number(1, { above: 0 }, 'epochs between two checkpoints'),
  keep: count(3, { least: 1 }, 'how many of the newest checkpoints to keep, beside the best one'),
};
