import { type FileHandle, open } from 'node:fs/promises';
import { readError } from '../../file-errors.js';
import { Tensor } from '../../tensor/index.js';
import { type FileIdentity, fileSize, writeAtomic } from '../files.js';
import { safetensorsChunks } from './encode.js';
import { prefixBytes } from './format.js';
import { damaged, decodeHeader, headerLength } from './header.js';

/** Node reads at most 2 GiB in one call. */
const longestRead = 2 ** 30;

export interface Safetensors {
  /** By name, in the order of the file. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly metadata: ReadonlyMap<string, string>;
}

async function readBytes(
  file: FileHandle,
  start: number,
  length: number,
  at: string,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const wanted = Math.min(length - done, longestRead);
    const { bytesRead } = await file.read(bytes, done, wanted, start + done);
    if (bytesRead === 0) throw damaged(at, 'it became shorter while it was read');
    done += bytesRead;
  }
  return bytes;
}

async function readAll(file: FileHandle, fileBytes: number, path: string): Promise<Safetensors> {
  const prefix = await readBytes(file, 0, Math.min(prefixBytes, fileBytes), path);
  const length = headerLength(prefix, fileBytes, path);
  const start = prefixBytes + length;
  const header = await readBytes(file, prefixBytes, length, path);
  const { entries, metadata } = decodeHeader(header, fileBytes - start, path);
  const tensors = new Map<string, Tensor>();
  for (const { name, dtype, dims, begin, end } of entries) {
    const bytes = await readBytes(file, start + begin, end - begin, path);
    // Any byte but 0 is true to NumPy; runtimes expect 1.
    if (dtype === 'bool') for (let i = 0; i < bytes.length; i++) bytes[i] = bytes[i] === 0 ? 0 : 1;
    tensors.set(name, new Tensor(dtype, dims, bytes));
  }
  return { tensors, metadata };
}

/**
 * Reads a safetensors file. Nothing is allocated before the header has been checked against the file's size.
 * @throws ReparamError for a file that cannot be read or that the format forbids.
 */
export async function readSafetensors(path: string): Promise<Safetensors> {
  const fileBytes = await fileSize(path);
  try {
    const file = await open(path, 'r');
    try {
      return await readAll(file, fileBytes, path);
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw readError(path, cause);
  }
}

/**
 * Writes a safetensors file, one tensor at a time; it appears complete or not at all.
 * @throws ReparamError when it cannot be written, or for an element type that the format does not have.
 */
export const writeSafetensors = (
  path: string,
  tensors: ReadonlyMap<string, Tensor>,
  metadata: ReadonlyMap<string, string> = new Map(),
): Promise<FileIdentity> => writeAtomic(path, safetensorsChunks(tensors, metadata));
