import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { ReparamError } from '../../errors.js';
import type { Batch, BatchRequest } from './batch.js';
import type { Recipe } from './recipe.js';
import type { Answer } from './worker.js';

const script = fileURLToPath(new URL('./worker.js', import.meta.url));

/** Whether there is a program for threads: not where the TypeScript sources run as they are, as in tests. */
export const hasWorkers = (): boolean => existsSync(script);

interface Waiting {
  resolve(batch: Batch): void;
  reject(error: ReparamError): void;
}

const ended = (reason: string, cause?: unknown): ReparamError =>
  new ReparamError('environment', `a thread that makes batches ended: ${reason}`, {
    cause,
    hint: 'workers: 0 makes them without threads',
  });

/** One thread. It never keeps the process alive but while somebody waits for one of its batches. */
class BatchWorker {
  readonly #worker: Worker;
  /** Answers come in the order of the requests. */
  readonly #waiting: Waiting[] = [];
  #awaited = 0;
  #failure: ReparamError | null = null;

  constructor(recipe: Recipe) {
    // Options of the process, such as `--input-type`, are for its own program.
    this.#worker = new Worker(script, { workerData: recipe, execArgv: [] });
    this.#worker.on('message', (answer: Answer) => {
      const next = this.#waiting.shift();
      if ('batch' in answer) next?.resolve(answer.batch);
      else next?.reject(errorOf(answer.failure));
    });
    this.#worker.on('error', (cause) => this.#fail(ended(String(cause), cause)));
    this.#worker.on('exit', (code) => this.#fail(ended(`exit code ${code}`)));
    // After the listeners: each of them would hold the process again.
    this.#worker.unref();
  }

  /** Requests that are not answered yet. */
  get load(): number {
    return this.#waiting.length;
  }

  /** Makes a batch. Whoever wants to wait for it calls the function that comes back. */
  request(request: BatchRequest): () => Promise<Batch> {
    const answer = new Promise<Batch>((resolve, reject) => {
      if (this.#failure) return reject(this.#failure);
      this.#waiting.push({ resolve, reject });
      this.#worker.postMessage(request);
    });
    // Whoever stops early never asks for it.
    answer.catch(() => {});
    return async () => {
      if (this.#awaited++ === 0) this.#worker.ref();
      try {
        return await answer;
      } finally {
        if (--this.#awaited === 0) this.#worker.unref();
      }
    };
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

function errorOf({ code, message, hint, at }: Extract<Answer, { failure: unknown }>['failure']) {
  return new ReparamError(code, message, {
    ...(hint === undefined ? {} : { hint }),
    ...(at === undefined ? {} : { at }),
  });
}

/** Threads that make batches. */
export class BatchWorkers {
  readonly #workers: readonly BatchWorker[];

  constructor(recipe: Recipe, count: number) {
    this.#workers = Array.from({ length: count }, () => new BatchWorker(recipe));
  }

  request(request: BatchRequest): () => Promise<Batch> {
    const idlest = this.#workers.reduce((a, b) => (b.load < a.load ? b : a));
    return idlest.request(request);
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.close()));
  }
}
