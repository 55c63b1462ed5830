/** A thread that makes the batches that it is asked for, one after the other. */
import { workerData } from 'node:worker_threads';
import { serve } from '../../runtime/threads/serve.js';
import { batchMaker } from './make.js';
import type { Recipe } from './recipe.js';

serve(
  batchMaker(workerData as Recipe),
  ({ images, targets, labels }) => [images.buffer, targets.buffer, labels.buffer] as ArrayBuffer[],
);
