import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { ReparamError } from '../errors.js';
import { type EstimateJob, estimate } from './estimate-job.js';
import type { Answer } from './worker.js';

const script = fileURLToPath(new URL('./worker.js', import.meta.url));

/** Whether there is a program for threads: not where the TypeScript sources run as they are, as in tests. */
const hasWorkers = (): boolean => existsSync(script);

interface Waiting {
  resolve(scaling: Float64Array): void;
  reject(error: ReparamError): void;
}

const ended = (reason: string, cause?: unknown): ReparamError =>
  new ReparamError('environment', `a thread that estimates scalings ended: ${reason}`, {
    cause,
    hint: 'workers: 0 does without threads',
  });

const errorOf = ({ code, message, hint }: Extract<Answer, { failure: unknown }>['failure']) =>
  new ReparamError(code, message, hint === undefined ? {} : { hint });

/** One thread. It keeps the process alive only while it works. */
class EstimateWorker {
  readonly #worker: Worker;
  /** Answers come in the order of the jobs. */
  readonly #waiting: Waiting[] = [];
  #failure: ReparamError | null = null;

  constructor() {
    // Options of the process, such as `--input-type`, are for its own program.
    this.#worker = new Worker(script, { execArgv: [] });
    this.#worker.on('message', (answer: Answer) => {
      const next = this.#waiting.shift();
      if (this.#waiting.length === 0) this.#worker.unref();
      if ('scaling' in answer) next?.resolve(answer.scaling);
      else next?.reject(errorOf(answer.failure));
    });
    this.#worker.on('error', (cause) => this.#fail(ended(String(cause), cause)));
    this.#worker.on('exit', (code) => this.#fail(ended(`exit code ${code}`)));
    // After the listeners: each of them would hold the process again.
    this.#worker.unref();
  }

  /** Jobs that are not answered yet. */
  get load(): number {
    return this.#waiting.length;
  }

  run(job: EstimateJob): Promise<Float64Array> {
    return new Promise((resolve, reject) => {
      if (this.#failure) return reject(this.#failure);
      this.#waiting.push({ resolve, reject });
      this.#worker.ref();
      // The feature map is the job's own and is handed over without a copy.
      this.#worker.postMessage(job, [job.feature.data.buffer as ArrayBuffer]);
    });
  }

  async close(): Promise<void> {
    this.#fail(ended('it was closed'));
    await this.#worker.terminate();
  }

  #fail(error: ReparamError): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
  }
}

/** Runs estimators in threads, or where there are none in the caller's own. */
export class EstimateWorkers {
  readonly #workers: readonly EstimateWorker[];

  /** @param count of threads, started at once */
  constructor(count: number) {
    const length = hasWorkers() ? count : 0;
    this.#workers = Array.from({ length }, () => new EstimateWorker());
  }

  /** Jobs that are worth having at the same time: one waits for each that is worked on. */
  get capacity(): number {
    return 2 * this.#workers.length;
  }

  /** @param job whose feature map nobody reads any more afterwards */
  async run(job: EstimateJob): Promise<Float64Array> {
    const [first, ...others] = this.#workers;
    if (!first) return estimate(job);
    return others.reduce((a, b) => (b.load < a.load ? b : a), first).run(job);
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.close()));
  }
}
