/** A thread of `workers.ts`: estimates what it is asked for, one job after the other. */
import { parentPort } from 'node:worker_threads';
import { type ErrorCode, ReparamError } from '../errors.js';
import { type EstimateJob, estimate } from './estimate-job.js';

/** What the thread answers to each job, in their order. */
export type Answer =
  | { readonly scaling: Float64Array }
  | {
      readonly failure: {
        readonly code: ErrorCode;
        readonly message: string;
        readonly hint: string | undefined;
      };
    };

function failureOf(error: unknown): Answer {
  if (error instanceof ReparamError) {
    const { code, message, hint } = error;
    return { failure: { code, message, hint } };
  }
  const message = `internal: ${(error as Error).stack ?? String(error)}`;
  return { failure: { code: 'internal', message, hint: undefined } };
}

parentPort?.on('message', (job: EstimateJob) => {
  try {
    parentPort?.postMessage({ scaling: estimate(job) } satisfies Answer);
  } catch (error) {
    parentPort?.postMessage(failureOf(error));
  }
});
