import { closeSync, openSync, readSync, realpathSync, type Stats, statSync } from 'node:fs';
import { dirname, isAbsolute, join, posix, relative, sep, win32 } from 'node:path';
import { inputError, type ReparamError } from '../errors.js';
import {
  type ExternalDataReader,
  type ExternalDataWriter,
  type ExternalRange,
  ownFile,
} from './external.js';
import { outlineOf } from './outline.js';

/** Node reads at most 2 GiB in one call. */
const longestRead = 2 ** 30;

function failure(location: string, problem: string, hint?: string, cause?: unknown): ReparamError {
  const subject =
    location === ownFile ? "the model's file" : `the external data file '${location}'`;
  return inputError(`${subject} ${problem}`, {
    at: location,
    cause,
    ...(hint === undefined ? {} : { hint }),
  });
}

function checkLocation(location: string): void {
  const unsafe =
    location.includes('\0') ||
    posix.isAbsolute(location) ||
    win32.isAbsolute(location) ||
    location.split(/[\\/]/).includes('..');
  if (unsafe) {
    throw failure(location, "lies outside the model's folder", 'such a model is not to be trusted');
  }
}

function contains(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** @param folders where a file may lie once links are followed. */
function resolve(folder: string, folders: readonly string[], location: string): string {
  checkLocation(location);
  let file: string;
  try {
    file = realpathSync(join(folder, location));
  } catch (cause) {
    throw failure(location, `is missing in ${folder}`, 'keep it beside the model', cause);
  }
  if (!folders.some((allowed) => contains(allowed, file))) {
    throw failure(
      location,
      "is a link that leads out of the model's folder",
      'copy the file there',
    );
  }
  return file;
}

/** Reads exactly `length` bytes, which the caller knows to be there. */
function readRange(file: string, location: string, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  const descriptor = openSync(file, 'r');
  try {
    for (let done = 0; done < length; ) {
      const wanted = Math.min(length - done, longestRead);
      const read = readSync(descriptor, bytes, done, wanted, offset + done);
      if (read === 0) throw failure(location, 'became shorter while it was read');
      done += read;
    }
  } finally {
    closeSync(descriptor);
  }
  return bytes;
}

const sameFile = (a: Stats, b: Stats): boolean =>
  a.dev === b.dev && a.ino === b.ino && a.size === b.size && a.mtimeMs === b.mtimeMs;

/** Reads again only as long as the file is the one that the model was loaded with. */
function readUnchanged(
  file: string,
  range: ExternalRange,
  length: number,
  known: Stats,
): Uint8Array {
  const { location, offset } = range;
  try {
    if (sameFile(statSync(file), known)) return readRange(file, location, offset, length);
  } catch (cause) {
    throw failure(location, 'cannot be read', undefined, cause);
  }
  throw failure(location, 'has changed since the model was loaded', 'load the model again');
}

/**
 * Gives access to the files beside a model, and to no others.
 * @param modelPath the model's file; data may lie in its folder, or in the folder it is linked from.
 */
export function externalDataReader(modelPath: string): ExternalDataReader {
  const folder = dirname(modelPath);
  const folders = [realpathSync(folder), dirname(realpathSync(modelPath))];
  const files = new Map<string, { readonly file: string; readonly stats: Stats }>();
  const find = (location: string): { readonly file: string; readonly stats: Stats } => {
    const known = files.get(location);
    if (known) return known;
    const file = resolve(folder, folders, location);
    const found = { file, stats: statSync(file) };
    if (!found.stats.isFile()) throw failure(location, 'is not a file');
    files.set(location, found);
    return found;
  };
  return {
    open(range) {
      const { location, offset } = range;
      const { file, stats } = find(location);
      const byteLength = range.length ?? stats.size - offset;
      if (byteLength < 0 || offset + byteLength > stats.size) {
        throw failure(
          location,
          `is too short: bytes ${offset} to ${offset + byteLength} of ${stats.size} are asked for`,
          'copy or download it again',
        );
      }
      return { file, byteLength, read: () => readUnchanged(file, range, byteLength, stats) };
    },
  };
}

export interface OutlinedFile {
  /** The model without its large weights. */
  readonly bytes: Uint8Array;
  /** Gives access to them, and to the files beside the model. */
  readonly reader: ExternalDataReader;
}

/** Opens a model's file without reading its large weights; null where that is not possible. */
export function openOutline(modelPath: string): OutlinedFile | null {
  const file = realpathSync(modelPath);
  const stats = statSync(file);
  const read = (offset: number, length: number) =>
    readUnchanged(file, { location: ownFile, offset, length }, length, stats);
  const bytes = outlineOf(read, stats.size);
  if (bytes === null) return null;
  const beside = externalDataReader(modelPath);
  const reader: ExternalDataReader = {
    open(range) {
      const { location, offset, length } = range;
      if (location !== ownFile || length === null) return beside.open(range);
      return { file, byteLength: length, read: () => read(offset, length) };
    },
  };
  return { bytes, reader };
}

const pageBytes = 64 * 1024;
const largeTensor = 2 ** 20;

/** Plans an external data file: large tensors start on a page of memory, others on a cache line. */
export class ExternalDataFile implements ExternalDataWriter {
  readonly #location: string;
  readonly #parts: { readonly offset: number; readonly read: () => Uint8Array }[] = [];
  #end = 0;

  /** @param location the file's name. */
  constructor(location: string) {
    this.#location = location;
  }

  get byteLength(): number {
    return this.#end;
  }

  add(byteLength: number, read: () => Uint8Array): ExternalRange {
    const alignment = byteLength >= largeTensor ? pageBytes : 64;
    const offset = Math.ceil(this.#end / alignment) * alignment;
    this.#parts.push({ offset, read });
    this.#end = offset + byteLength;
    return { location: this.#location, offset, length: byteLength };
  }

  /** The content of the file, one tensor in memory at a time. */
  *chunks(): Generator<Uint8Array> {
    let at = 0;
    for (const { offset, read } of this.#parts) {
      if (offset > at) yield new Uint8Array(offset - at);
      const bytes = read();
      yield bytes;
      at = offset + bytes.length;
    }
  }
}
