import { hasWorkers, Workers } from '../runtime/threads/workers.js';
import { type EstimateJob, estimate } from './estimate-job.js';

const script = new URL('./worker.js', import.meta.url);

/** Runs estimators in threads, or where there are none in the caller's own. */
export class EstimateWorkers {
  /** Jobs that are worth having at the same time: one waits for each that is worked on. */
  readonly capacity: number;
  readonly #workers: Workers<EstimateJob, Float64Array> | null;

  /** @param count of threads, started at once */
  constructor(count: number) {
    const threaded = count > 0 && hasWorkers(script);
    this.capacity = threaded ? 2 * count : 0;
    this.#workers = threaded ? new Workers({ script, count, does: 'estimates scalings' }) : null;
  }

  /** @param job whose feature map nobody reads any more afterwards: it is handed over without a copy */
  async run(job: EstimateJob): Promise<Float64Array> {
    if (!this.#workers) return estimate(job);
    return this.#workers.request(job, [job.feature.data.buffer as ArrayBuffer])();
  }

  async close(): Promise<void> {
    await this.#workers?.close();
  }
}
