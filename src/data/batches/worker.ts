/** A thread of `workers.ts`: makes the batches that it is asked for, one after the other. */
import { parentPort, workerData } from 'node:worker_threads';
import { type ErrorCode, ReparamError } from '../../errors.js';
import type { Batch, BatchRequest } from './batch.js';
import { batchMaker } from './make.js';
import type { Recipe } from './recipe.js';

/** What the thread answers to each request, in their order. */
export type Answer =
  | { readonly batch: Batch }
  | {
      readonly failure: {
        readonly code: ErrorCode;
        readonly message: string;
        readonly hint: string | undefined;
        readonly at: string | undefined;
      };
    };

function failureOf(error: unknown): Answer {
  if (error instanceof ReparamError) {
    const { code, message, hint, at } = error;
    return { failure: { code, message, hint, at } };
  }
  const message = `internal: ${(error as Error).stack ?? String(error)}`;
  return { failure: { code: 'internal', message, hint: undefined, at: undefined } };
}

const make = batchMaker(workerData as Recipe);
let last: Promise<void> = Promise.resolve();

async function answer(request: BatchRequest): Promise<void> {
  try {
    const batch = await make(request);
    const { images, targets, labels } = batch;
    const buffers = [images.buffer, targets.buffer, labels.buffer] as ArrayBuffer[];
    // Handed over without a copy.
    parentPort?.postMessage({ batch } satisfies Answer, buffers);
  } catch (error) {
    parentPort?.postMessage(failureOf(error));
  }
}

parentPort?.on('message', (request: BatchRequest) => {
  last = last.then(() => answer(request));
});
