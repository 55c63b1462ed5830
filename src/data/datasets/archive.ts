import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { inputError, ReparamError } from '../../errors.js';
import { shown } from '../text.js';

const block = 512;

/** More than any archive of small images holds when unpacked; what claims more is a bomb. */
const mostBytes = 2 ** 32;

type Chunks = AsyncIterable<Uint8Array>;

async function firstBytes(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(block), 0, block, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

const startsWith = (bytes: Uint8Array, ...magic: number[]): boolean =>
  magic.every((byte, i) => bytes[i] === byte);

/** The content of a file, decompressed if it is .gz or .xz by its first bytes. */
async function decompressed(path: string): Promise<Chunks> {
  const start = await firstBytes(path);
  if (start.length === 0) throw new Error('it is empty');
  const file = createReadStream(path);
  // Errors end the last stream too, where they are seen.
  if (startsWith(start, 0x1f, 0x8b)) return pipeline(file, createGunzip(), () => {});
  if (startsWith(start, 0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00)) {
    const { default: xz } = await import('xz-decompress');
    type Web = ConstructorParameters<typeof xz.XzReadableStream>[0];
    const stream = new xz.XzReadableStream(Readable.toWeb(file) as Web);
    return Readable.fromWeb(stream as Parameters<typeof Readable.fromWeb>[0]);
  }
  return file;
}

/** A stream as pieces of wanted lengths. */
class Pieces {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest = new Uint8Array();
  #total = 0;

  constructor(chunks: Chunks) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  async #more(): Promise<boolean> {
    const next = await this.#chunks.next();
    if (next.done) return false;
    this.#rest = next.value as Uint8Array<ArrayBuffer>;
    this.#total += this.#rest.length;
    if (this.#total > mostBytes) throw new Error('it unpacks to more than 4 GiB');
    return true;
  }

  /** Hands the next `length` bytes to `use`, part by part. @returns how many there were. */
  async next(length: number, use: (part: Uint8Array) => void): Promise<number> {
    let left = length;
    while (left > 0 && (this.#rest.length > 0 || (await this.#more()))) {
      const part = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(part.length);
      left -= part.length;
      use(part);
    }
    return length - left;
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}

interface Header {
  /** The last part of the path: nothing is written anywhere, so that the folders do not matter. */
  readonly name: string;
  readonly size: number;
  readonly isFile: boolean;
}

/** A header of the tar format as POSIX describes it (`ustar`), null for the empty one at the end. */
function header(bytes: Uint8Array): Header | null {
  if (bytes.every((byte) => byte === 0)) return null;
  const text = (start: number, length: number): string => {
    const field = new TextDecoder().decode(bytes.subarray(start, start + length));
    return field.split('\0', 1)[0]?.trim() ?? '';
  };
  const octal = (start: number, length: number): number => {
    const digits = text(start, length);
    if (!/^[0-7]+$/.test(digits)) throw new Error('it is no tar archive');
    return Number.parseInt(digits, 8);
  };
  // The checksum counts its own eight bytes as spaces.
  const sum = bytes.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
  if (octal(148, 8) !== sum) throw new Error('it is no tar archive');
  const type = text(156, 1);
  return {
    name: text(0, 100).split('/').at(-1) ?? '',
    size: octal(124, 12),
    isFile: type === '' || type === '0',
  };
}

async function readWanted(
  pieces: Pieces,
  names: readonly string[],
): Promise<Map<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  const headerBytes = new Uint8Array(block);
  for (;;) {
    let at = 0;
    const length = await pieces.next(block, (part) => {
      headerBytes.set(part, at);
      at += part.length;
    });
    if (length === 0) return found;
    if (length < block) throw new Error('it ends early');
    const entry = header(headerBytes);
    if (entry === null) {
      // To the end, where the checksum of what was compressed stands.
      await pieces.next(Number.POSITIVE_INFINITY, () => {});
      return found;
    }
    const { name, size, isFile } = entry;
    const parts: Uint8Array[] = [];
    const wanted = isFile && names.includes(name);
    const there = await pieces.next(size, (part) => {
      if (wanted) parts.push(part);
    });
    if (there < size) throw new Error(`it ends inside '${shown(name)}'`);
    if (wanted) {
      if (found.has(name)) throw new Error(`it holds '${shown(name)}' twice`);
      found.set(name, Buffer.concat(parts));
    }
    await pieces.next((block - (size % block)) % block, () => {});
  }
}

/**
 * Reads files out of a tar archive, plain or compressed by gzip or xz, in one pass that holds nothing else.
 * @param names last parts of the paths that are wanted.
 * @returns those that are there, by name.
 * @throws ReparamError for a file that is no such archive, or damaged.
 */
export async function filesInArchive(
  path: string,
  names: readonly string[],
): Promise<Map<string, Uint8Array>> {
  try {
    const pieces = new Pieces(await decompressed(path));
    try {
      return await readWanted(pieces, names);
    } finally {
      await pieces.close();
    }
  } catch (cause) {
    if (cause instanceof ReparamError) throw cause;
    const reason = shown((cause as Error).message);
    throw inputError(`${path} cannot be read as an archive: ${reason}`, {
      at: path,
      cause,
      hint: 'archives are .tar, .tar.gz or .tar.xz; others must be unpacked first',
    });
  }
}
