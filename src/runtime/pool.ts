import { stat } from 'node:fs/promises';
import { encodeModel, filesReadBy, loadModel } from '../onnx/index.js';
import { openSession, type Session, type SessionOptions } from './session.js';
import type { ModelSource } from './source.js';

export interface PoolOptions {
  /** How many bytes the models of all open sessions may have; those in use stay open even beyond. 2 GiB by default. */
  readonly budget?: number;
}

interface Entry {
  readonly opened: Promise<Session>;
  /** Bytes of the model, known before the session is open. */
  size: number;
  users: number;
}

const sizeOf = async (path: string): Promise<number> => (await stat(path)).size;

/** Bytes of a model's file and of the files that hold its external data. */
async function fileBytes(path: string): Promise<number> {
  try {
    const sizes = [path, ...filesReadBy(await loadModel(path))].map(sizeOf);
    return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  } catch {
    // Opening the session says better what is wrong with it.
    return 0;
  }
}

/** A source that onnxruntime takes as it is, and its bytes. */
async function measure(source: ModelSource): Promise<{ source: ModelSource; size: number }> {
  if ('path' in source) return { source, size: await fileBytes(source.path) };
  const bytes = 'graph' in source ? encodeModel(source) : source;
  return { source: bytes, size: bytes.byteLength };
}

/**
 * Keeps sessions open for when they are needed again, and releases those that have gone unused the longest when their
 * models grow beyond a budget. A session is kept for each model (a file by its path, all else by identity) and each
 * set of options; models and files must not change meanwhile.
 */
export class SessionPool {
  readonly #budget: number;
  /** In the order of their last use. */
  readonly #entries = new Map<string, Entry>();
  readonly #identities = new WeakMap<object, number>();
  #identityCount = 0;

  constructor(options: PoolOptions = {}) {
    this.#budget = options.budget ?? 2 ** 31;
  }

  /**
   * Runs `action` with a session, which stays open until it has ended, but not necessarily any longer: the action must
   * not keep it.
   * @throws what {@link openSession} throws.
   */
  async use<T>(
    source: ModelSource,
    options: SessionOptions,
    action: (session: Session) => Promise<T>,
  ): Promise<T> {
    const key = this.#key(source, options);
    const entry = this.#entries.get(key) ?? this.#open(source, options);
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    entry.users++;
    try {
      return await action(await entry.opened.catch((error) => this.#forget(key, entry, error)));
    } finally {
      entry.users--;
      if (this.#entries.get(key) === entry) await this.#shrink();
      else if (entry.users === 0) await close(entry);
    }
  }

  /** Releases all sessions, those in use as soon as they no longer are. The pool may be used again. */
  async release(): Promise<void> {
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    await Promise.all(entries.filter(({ users }) => users === 0).map(close));
  }

  #key(source: ModelSource, options: SessionOptions): string {
    const { device = 'cpu', optimization = 'all', threads = null, placement = false } = options;
    return JSON.stringify([this.#identity(source), device, optimization, threads, placement]);
  }

  #identity(source: ModelSource): string | number {
    if ('path' in source) return source.path;
    const known = this.#identities.get(source) ?? this.#identityCount++;
    this.#identities.set(source, known);
    return known;
  }

  #open(source: ModelSource, options: SessionOptions): Entry {
    const open = async (): Promise<Session> => {
      const measured = await measure(source);
      entry.size = measured.size;
      // Before and not after, so that both are never in memory at once.
      await this.#shrink();
      return openSession(measured.source, options);
    };
    // Later, when `entry` is there.
    const opened = Promise.resolve().then(open);
    const entry: Entry = { opened, size: 0, users: 0 };
    return entry;
  }

  /** The next use opens the model again. */
  #forget(key: string, entry: Entry, error: unknown): never {
    if (this.#entries.get(key) === entry) this.#entries.delete(key);
    throw error;
  }

  async #shrink(): Promise<void> {
    const entries = [...this.#entries];
    let total = entries.reduce((sum, [, { size }]) => sum + size, 0);
    const closing: Promise<void>[] = [];
    for (const [key, entry] of entries) {
      if (total <= this.#budget) break;
      if (entry.users > 0) continue;
      total -= entry.size;
      this.#entries.delete(key);
      closing.push(close(entry));
    }
    await Promise.all(closing);
  }
}

async function close({ opened }: Entry): Promise<void> {
  const session = await opened.catch(() => null);
  await session?.release();
}
