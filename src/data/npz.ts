import { type UnzipFileInfo, unzipSync } from 'fflate';
import { inputError, ReparamError } from '../errors.js';
import type { Tensor } from '../tensor/index.js';
import { fileBytes } from './files.js';
import { decodeNpy } from './npy.js';
import { shown } from './text.js';

/** An archive of arrays, as `numpy.savez` and `numpy.savez_compressed` write it. */
export interface Npz {
  /** Names of the arrays, in the order of the archive. */
  readonly names: readonly string[];
  /** Decompresses one array. @throws ReparamError for a name that is not there, and for a damaged array. */
  tensor(name: string): Tensor;
}

const suffix = '.npy';
const stored = 0;
const deflated = 8;

/** Bytes of an archive's directory that an entry takes at least. */
const smallestEntry = 46;

/** Deflate writes at least 2 bits for every run of 258 bytes. */
const largestRatio = 1032;

const largestArray = 2 ** 31;

function damagedArchive(at: string, cause: unknown): ReparamError {
  if (cause instanceof ReparamError) return cause;
  return inputError(`${at} is not an .npz archive, or damaged`, { at, cause });
}

/** Entries by the name of their array; nothing is decompressed. */
function arraysIn(bytes: Uint8Array, at: string): Map<string, UnzipFileInfo> {
  const arrays = new Map<string, UnzipFileInfo>();
  let count = 0;
  const filter = (entry: UnzipFileInfo): boolean => {
    // A directory that claims more entries than fit would be read for hours.
    if (++count * smallestEntry > bytes.length) throw damagedArchive(at, null);
    if (!entry.name.endsWith(suffix)) return false;
    const name = entry.name.slice(0, -suffix.length);
    if (arrays.has(name)) {
      throw inputError(`${at} holds two arrays named '${shown(name)}'`, { at });
    }
    arrays.set(name, entry);
    return false;
  };
  try {
    unzipSync(bytes, { filter });
  } catch (cause) {
    throw damagedArchive(at, cause);
  }
  return arrays;
}

/** Checks what an entry claims before memory is taken for it. */
function checkSizes({ size, originalSize, compression }: UnzipFileInfo, at: string): void {
  if (compression !== stored && compression !== deflated) {
    throw inputError(`${at} is compressed by method ${compression}; .npz archives use deflate`, {
      at,
    });
  }
  const most = compression === stored ? size : size * largestRatio;
  if (originalSize > most || (compression === stored && originalSize !== size)) {
    throw inputError(`${at} is damaged: ${size} bytes cannot become ${originalSize}`, { at });
  }
  if (originalSize > largestArray) {
    throw inputError(`${at} has ${originalSize} bytes, more than 2 GiB`, { at });
  }
}

function inflate(bytes: Uint8Array, { name, originalSize }: UnzipFileInfo, at: string): Uint8Array {
  let content: Uint8Array | undefined;
  try {
    content = unzipSync(bytes, { filter: (entry) => entry.name === name })[name];
  } catch (cause) {
    throw inputError(`${at} is damaged: it cannot be decompressed`, { at, cause });
  }
  if (content?.length === originalSize) return content;
  throw inputError(`${at} is damaged: it ends early`, { at });
}

/**
 * Opens an .npz archive (ZIP or ZIP64, entries stored or deflated). The archive is held compressed; arrays are
 * decompressed one at a time, each time they are asked for. Names are labels alone: nothing is written anywhere.
 * Checksums are not checked, but sizes are, and the headers of the arrays.
 * @throws ReparamError for a file that cannot be read or is no archive of arrays.
 */
export async function openNpz(path: string): Promise<Npz> {
  const bytes = await fileBytes(path);
  const arrays = arraysIn(bytes, path);
  if (arrays.size === 0) {
    throw inputError(`${path} holds no arrays`, {
      at: path,
      hint: 'write it with numpy.savez(file, name=array)',
    });
  }
  return {
    names: [...arrays.keys()],
    tensor(name) {
      const entry = arrays.get(name);
      if (entry === undefined) {
        throw inputError(`${path} holds no array named '${shown(name)}'`, { at: path });
      }
      const at = `'${shown(name)}' in ${path}`;
      checkSizes(entry, at);
      return decodeNpy(inflate(bytes, entry, at), at);
    },
  };
}
