import { gunzipSync } from 'node:zlib';
import { inputError } from '../../errors.js';
import { shown } from '../text.js';
import type { NamedFile } from './named-files.js';

/** Bytes of a file as MNIST's are. */
export interface Idx {
  readonly dims: readonly number[];
  /** Row-major. */
  readonly bytes: Uint8Array;
}

/** Type 8, unsigned bytes, is the only one that MNIST's files have. */
const unsignedByte = 8;

/** More than any file of this format has. */
const mostBytes = 2 ** 31 - 1;

function unpacked({ bytes, at }: NamedFile): Uint8Array {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: mostBytes });
  } catch (cause) {
    const reason = shown((cause as Error).message);
    throw inputError(`${at} is damaged: it cannot be decompressed (${reason})`, { at, cause });
  }
}

/**
 * Reads an IDX file of bytes, plain or compressed by gzip: two zeros, the type, the rank, a big-endian length of 32 bits
 * for each axis, and the elements (http://yann.lecun.com/exdb/mnist).
 * @throws ReparamError for another rank or type, and where the lengths do not fit the file.
 */
export function decodeIdx(file: NamedFile, rank: number): Idx {
  const { at } = file;
  const bytes = unpacked(file);
  const start = 4 + 4 * rank;
  const magic = [0, 0, unsignedByte, rank];
  if (bytes.length < start || !magic.every((byte, i) => bytes[i] === byte)) {
    throw inputError(`${at} is no IDX file of bytes with ${rank} axes, or damaged`, { at });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const dims = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const announced = dims.reduce((product, dim) => product * dim, 1);
  const found = bytes.length - start;
  if (announced !== found) {
    const problem = `its header announces ${announced} bytes, but ${found} follow`;
    throw inputError(`${at} is damaged: ${problem}`, { at });
  }
  return { dims, bytes: bytes.subarray(start) };
}
