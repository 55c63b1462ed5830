import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type TransferListItem, Worker } from 'node:worker_threads';
import { ReparamError } from '../../errors.js';
import { type Answer, errorOf } from './answer.js';

export interface WorkersOptions {
  /** The program of the threads, which calls `serve`. */
  readonly script: URL;
  /** How many threads to start. */
  readonly count: number;
  /** What a thread does, for messages: `makes batches`. */
  readonly does: string;
  /** What the program finds as its `workerData`. */
  readonly data?: unknown;
}

/** Whether there is a program for threads: not where the TypeScript sources run as they are, as in tests. */
export const hasWorkers = (script: URL): boolean => existsSync(fileURLToPath(script));

interface Waiting<Result> {
  resolve(result: Result): void;
  reject(error: ReparamError): void;
}

/** One thread. It never keeps the process alive but while somebody waits for one of its answers. */
class Thread<Request, Result> {
  readonly #worker: Worker;
  readonly #does: string;
  /** Answers come in the order of the requests. */
  readonly #waiting: Waiting<Result>[] = [];
  #awaited = 0;
  #failure: ReparamError | null = null;

  constructor({ script, does, data }: WorkersOptions) {
    this.#does = does;
    // Options of the process, such as `--input-type`, are for its own program.
    this.#worker = new Worker(script, { workerData: data, execArgv: [] });
    this.#worker.on('message', (answer: Answer<Result>) => {
      const next = this.#waiting.shift();
      if ('result' in answer) next?.resolve(answer.result);
      else next?.reject(errorOf(answer));
    });
    this.#worker.on('error', (cause) => this.#end(String(cause), cause));
    this.#worker.on('exit', (code) => this.#end(`exit code ${code}`));
    // After the listeners: each of them would hold the process again.
    this.#worker.unref();
  }

  /** Requests that are not answered yet. */
  get load(): number {
    return this.#waiting.length;
  }

  request(request: Request, handedOver: readonly TransferListItem[]): () => Promise<Result> {
    const answer = new Promise<Result>((resolve, reject) => {
      if (this.#failure) return reject(this.#failure);
      this.#waiting.push({ resolve, reject });
      this.#worker.postMessage(request, handedOver);
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
    this.#end('it was closed');
    await this.#worker.terminate();
  }

  #end(reason: string, cause?: unknown): void {
    this.#failure ??= new ReparamError(
      'environment',
      `a thread that ${this.#does} ended: ${reason}`,
      { cause, hint: 'workers: 0 does without threads' },
    );
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
  }
}

/** Threads that answer requests, each the one that has the least to do. */
export class Workers<Request, Result> {
  readonly #threads: readonly Thread<Request, Result>[];

  /** @param options with at least one thread */
  constructor(options: WorkersOptions) {
    this.#threads = Array.from({ length: options.count }, () => new Thread(options));
  }

  /**
   * Hands a request to a thread.
   * @param handedOver buffers of the request that go there without a copy
   * @returns a function that whoever wants to wait for the answer calls
   */
  request(request: Request, handedOver: readonly TransferListItem[] = []): () => Promise<Result> {
    const idlest = this.#threads.reduce((a, b) => (b.load < a.load ? b : a));
    return idlest.request(request, handedOver);
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }
}
