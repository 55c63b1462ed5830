import { extname } from 'node:path';
import { Tensor } from '../../tensor/index.js';
import { fileBytes } from '../files.js';
import { decodeImage, type ImageOptions } from '../images/image-tensor.js';
import { decodeNpy } from '../npy.js';
import { decodeRaw } from '../raw.js';
import { type ExpectedInput, fixedLength, imageTarget, usageError } from './expected.js';
import { fitArray, type Note } from './fit.js';

export type FileKind = 'npy' | 'npz' | 'raw' | 'image';

const kinds: Record<string, FileKind> = {
  '.npy': 'npy',
  '.npz': 'npz',
  '.bin': 'raw',
  '.raw': 'raw',
  '.jpg': 'image',
  '.jpeg': 'image',
  '.png': 'image',
  '.webp': 'image',
  '.gif': 'image',
  '.tif': 'image',
  '.tiff': 'image',
  '.avif': 'image',
};

/** What a file holds, by the ending of its name; null for others. */
export function kindOf(path: string): FileKind | null {
  const ending = extname(path).toLowerCase();
  return Object.hasOwn(kinds, ending) ? (kinds[ending] ?? null) : null;
}

/** @throws ReparamError for a file whose name does not tell. */
export function requireKind(path: string): FileKind {
  const kind = kindOf(path);
  if (kind !== null) return kind;
  const endings = Object.keys(kinds).join(', ');
  throw usageError(`the name of ${path} does not tell what it holds`, `files end in ${endings}`);
}

/** What every reader of samples needs to know. */
export interface Context {
  readonly inputs: readonly ExpectedInput[];
  /** Entries of a sample where the model leaves the batch open. */
  readonly batch: number;
  readonly image: ImageOptions;
  readonly note: Note;
}

/**
 * The array of a .npy file as it is, or raw bytes as the elements of an input.
 * @param several whether raw bytes may hold more entries of the leading axis than the input takes.
 */
export async function readArray(
  path: string,
  kind: 'npy' | 'raw',
  { name, dtype, shape }: ExpectedInput,
  several = false,
): Promise<Tensor> {
  if (kind === 'npy') return decodeNpy(await fileBytes(path), path);
  if (shape === null) throw usageError(`the rank of input '${name}' is not known: give its shape`);
  const dims = shape.map((dim, axis) => (several && axis === 0 ? null : fixedLength(dim)));
  return decodeRaw(await fileBytes(path), dtype, dims, path);
}

/**
 * Reads a file that holds one input.
 * @throws ReparamError for a file that is damaged or does not fit the input.
 */
export async function readInput(
  path: string,
  kind: 'npy' | 'raw' | 'image',
  input: ExpectedInput,
  { image, note }: Context,
): Promise<Tensor> {
  if (kind !== 'image') return fitArray(await readArray(path, kind, input), input, path, note);
  const target = imageTarget(input);
  const { size } = image;
  const { height, width } = target;
  if (size && ((height ?? size.height) !== size.height || (width ?? size.width) !== size.width)) {
    const fixed = `${height ?? '?'} x ${width ?? '?'}`;
    note(`input '${input.name}' always takes ${fixed} pixels: the given size was not used`);
  }
  const { dims, bytes, dtype } = await decodeImage(await fileBytes(path), path, target, image);
  const unbatched = input.shape?.length === 3;
  return fitArray(new Tensor(dtype, unbatched ? dims.slice(1) : dims, bytes), input, path, note);
}
