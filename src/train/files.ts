import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, statSync } from 'node:fs';
import { open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { inputError } from '../errors.js';
import { readError, writeError } from '../file-errors.js';

/** What identifies the content of a file. */
export interface FileIdentity {
  readonly bytes: number;
  /** In hexadecimal digits. */
  readonly sha256: string;
}

/** Neither hashing nor writing takes more than 2 GiB at once. */
const longestPiece = 2 ** 24;

const codeOf = (cause: unknown): string => (cause as NodeJS.ErrnoException).code ?? '';

/**
 * Makes a folder and those above it. Node's own way (`recursive`) never ends under /proc.
 * @param tries of them, while another process takes folders away
 * @returns the outermost folder that was made, null where all were there
 * @throws ReparamError when one cannot be made.
 */
export function makeFolder(path: string, tries = 3): string | null {
  const missing: string[] = [];
  for (let at = resolve(path); !existsSync(at); at = dirname(at)) missing.unshift(at);
  try {
    for (const folder of missing) makeOne(folder);
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isDirectory() === false) throw inputError(`${path} is a file`, { at: path });
  } catch (cause) {
    // Another process may just take away what it has made.
    if (codeOf(cause) === 'ENOENT' && tries > 1) return makeFolder(path, tries - 1);
    const { path: at = path } = cause as NodeJS.ErrnoException;
    throw writeError(at === resolve(path) ? path : at, cause);
  }
  return missing[0] ?? null;
}

function makeOne(folder: string): void {
  try {
    mkdirSync(folder);
  } catch (cause) {
    // Another process may have made it at the same time.
    if (codeOf(cause) !== 'EEXIST') throw cause;
  }
}

/** @throws ReparamError for what is no regular file: a pipe or a device might never end. */
export async function fileSize(path: string): Promise<number> {
  const stats = await stat(path).catch((cause: unknown) => {
    throw readError(path, cause);
  });
  if (!stats.isFile()) throw inputError(`cannot read ${path}: it is not a file`, { at: path });
  return stats.size;
}

function* pieces(chunks: Iterable<Uint8Array>): Generator<Uint8Array> {
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += longestPiece) {
      yield chunk.subarray(at, at + longestPiece);
    }
  }
}

/**
 * Writes a new file, one chunk in memory at a time, and waits until the disk has it.
 * @throws the error of the file system.
 */
export async function writeSynced(
  path: string,
  chunks: Iterable<Uint8Array>,
): Promise<FileIdentity> {
  const hash = createHash('sha256');
  let bytes = 0;
  function* tallied(): Generator<Uint8Array> {
    for (const piece of pieces(chunks)) {
      hash.update(piece);
      bytes += piece.length;
      yield piece;
    }
  }
  await writeFile(path, tallied(), { flag: 'wx', flush: true });
  return { bytes, sha256: hash.digest('hex') };
}

/** Waits until the disk has the names in a folder: without it, a renamed file may be gone after a power cut. */
export async function syncFolder(path: string): Promise<void> {
  // Windows opens no folders, and needs none of this.
  if (process.platform === 'win32') return;
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Puts a file in its place complete or not at all, under a temporary name in the same folder first.
 * @throws ReparamError when it cannot be written.
 */
export async function writeAtomic(
  path: string,
  chunks: Iterable<Uint8Array>,
): Promise<FileIdentity> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}`);
  try {
    const identity = await writeSynced(temporary, chunks);
    await rename(temporary, path);
    await syncFolder(dirname(path));
    return identity;
  } catch (cause) {
    throw writeError(path, cause);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Writes a text as `writeAtomic` does. */
export const writeTextAtomic = (path: string, text: string): Promise<FileIdentity> =>
  writeAtomic(path, [new TextEncoder().encode(text)]);

/** Reads the file once, in pieces. @throws ReparamError when it cannot be read. */
export async function identityOf(path: string): Promise<FileIdentity> {
  await fileSize(path);
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const piece of createReadStream(path, { highWaterMark: 2 ** 20 })) {
      hash.update(piece as Uint8Array);
      bytes += (piece as Uint8Array).length;
    }
  } catch (cause) {
    throw readError(path, cause);
  }
  return { bytes, sha256: hash.digest('hex') };
}
