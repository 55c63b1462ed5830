import { createHash, randomUUID } from 'node:crypto';
import {
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ReparamError } from '../../errors.js';
import { writeError } from '../../file-errors.js';
import { makeFolder } from '../files.js';
import { birthOf, isAlive, thisMachine } from './processes.js';

/** Milliseconds between two signs of life of a process that holds a folder. */
const beat = 10_000;

/** Milliseconds without a sign of life after which a process on another machine counts as gone. */
const silence = 120_000;

/** Milliseconds between two tries to get a folder. */
const interval = 250;

/** Who holds a folder. */
interface Owner {
  readonly machine: string;
  readonly host: string;
  readonly pid: number;
  /** Tells the process from a later one of the same number. */
  readonly born: string | null;
  readonly token: string;
}

export interface LockOptions {
  /** What is done with the folder: `it is being trained`. */
  readonly doing: string;
  /** Milliseconds to wait for another process to leave it. */
  readonly patience?: number;
  /** Ends the waiting. */
  readonly signal?: AbortSignal | undefined;
}

function ownOwner(): Owner {
  const { pid } = process;
  const machine = thisMachine();
  return { machine, host: hostname(), pid, born: birthOf(pid), token: randomUUID() };
}

const lockFile = (folder: string): string => join(folder, 'lock.json');

function contentOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

function ownerIn(text: string): Partial<Owner> {
  try {
    return (JSON.parse(text) ?? {}) as Partial<Owner>;
  } catch {
    // It is just being written, or was when its process was killed.
    return {};
  }
}

/** Seconds since the last sign of life. */
function silentFor(path: string): number {
  try {
    return (Date.now() - statSync(path).mtimeMs) / 1000;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** Who holds a folder, in words; null where it is free, or was left behind by a process that is gone. */
function holder(path: string, text: string): string | null {
  const { machine, host = 'unknown', pid = 0, born = null } = ownerIn(text);
  if (machine === thisMachine()) {
    const alive = isAlive(pid) && (born === null || birthOf(pid) === born);
    return alive ? `process ${pid}` : null;
  }
  const seconds = silentFor(path);
  if (1000 * seconds > silence) return null;
  return `process ${pid} of ${host}, last heard of ${Math.max(0, Math.round(seconds))} s ago`;
}

/** Where whoever takes a file from its dead owner shows that nobody else may: one name for one owner. */
const guardOf = (path: string, text: string): string =>
  `${path}.${createHash('sha256').update(text).digest('hex').slice(0, 12)}`;

/**
 * Puts a lock in the place of one whose process is gone. Removing that one first would leave a moment in which a third
 * process takes the folder, and a fourth one, slower to judge, removes the lock of the living.
 */
function takeOver(path: string, text: string, own: string): void {
  const guard = guardOf(path, text);
  if (tryLock(guard, own) !== null) return;
  const fresh = `${path}.${randomUUID()}`;
  try {
    if (contentOf(path) !== text || holder(path, text) !== null) return;
    writeFileSync(fresh, own);
    renameSync(fresh, path);
  } catch (cause) {
    throw writeError(path, cause);
  } finally {
    rmSync(fresh, { force: true });
    rmSync(guard, { force: true });
  }
}

/** @returns who holds the file, null where it is this process now */
function tryLock(path: string, own: string): string | null {
  for (;;) {
    try {
      writeFileSync(path, own, { flag: 'wx' });
      return null;
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code === 'ENOENT') return 'a process that just took it away';
      if (code !== 'EEXIST') throw writeError(path, cause);
    }
    const text = contentOf(path);
    if (text === null) continue;
    const who = holder(path, text);
    if (who !== null) return who;
    takeOver(path, text, own);
    if (contentOf(path) === own) return null;
    return 'a process that just takes it';
  }
}

/** Takes away what processes left that were killed while they took the folder over from others. */
function removeGuards(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (name.startsWith('lock.json.')) rmSync(join(folder, name), { force: true });
  }
}

/** A folder in which no other process works while this one does. */
export class FolderLock {
  readonly #folder: string;
  readonly #own: string;
  /** The outermost folder that was made for it, null where all were there. */
  readonly #made: string | null;
  readonly #timer: NodeJS.Timeout;

  private constructor(folder: string, own: string, made: string | null) {
    this.#folder = folder;
    this.#own = own;
    this.#made = made;
    this.#timer = setInterval(() => this.#giveSign(), beat).unref();
  }

  /**
   * Takes a folder, which is made where it is missing. One that a killed process held is free at once; of processes on
   * other machines it is after two minutes without a sign of life.
   * @throws ReparamError (usage) while another process holds it, (environment) when it cannot be written.
   */
  static async take(folder: string, options: LockOptions): Promise<FolderLock> {
    const { doing, patience = 0, signal } = options;
    const until = Date.now() + patience;
    let made = makeFolder(folder);
    const own = JSON.stringify(ownOwner());
    for (;;) {
      const who = tryLock(lockFile(folder), own);
      if (who === null) return new FolderLock(folder, own, made);
      if (Date.now() >= until || signal?.aborted) {
        throw new ReparamError('usage', `${folder}: ${doing} by ${who}`, {
          at: folder,
          hint: 'wait until that process has ended, or end it',
        });
      }
      await pause(interval);
      // Whoever made it in vain has taken it away.
      made = makeFolder(folder) ?? made;
    }
  }

  /** False where another process believed this one to be gone, and took the folder. */
  get held(): boolean {
    return contentOf(lockFile(this.#folder)) === this.#own;
  }

  /** @throws ReparamError where the folder was taken by another process. */
  confirm(): void {
    if (this.held) return;
    throw new ReparamError('environment', `another process has taken over ${this.#folder}`, {
      at: this.#folder,
      hint: 'this one was silent for minutes, as a suspended one is',
    });
  }

  /** Leaves the folder, and takes it away where it was made in vain. */
  release(): void {
    clearInterval(this.#timer);
    if (this.held) {
      removeGuards(this.#folder);
      rmSync(lockFile(this.#folder), { force: true });
    }
    if (this.#made === null) return;
    const outermost = resolve(this.#made);
    for (let at = resolve(this.#folder); at.startsWith(outermost); at = dirname(at)) {
      try {
        rmdirSync(at);
      } catch {
        // It is not empty.
        return;
      }
    }
  }

  #giveSign(): void {
    if (!this.held) return;
    const now = new Date();
    try {
      utimesSync(lockFile(this.#folder), now, now);
    } catch {
      // The next one may be given.
    }
  }
}
