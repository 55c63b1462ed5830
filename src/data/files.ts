import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { inputError } from '../errors.js';
import { readError } from '../file-errors.js';

/** Node reads no larger file at once. */
const largestFile = 2 ** 31 - 1;

const statsOf = (path: string) =>
  stat(path).catch((cause: unknown) => {
    throw readError(path, cause);
  });

/** @throws ReparamError when there is nothing at this path. */
export const isFolder = async (path: string): Promise<boolean> =>
  (await statsOf(path)).isDirectory();

/** Whether there is anything at this path. */
export const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** @throws ReparamError for what is no file, cannot be read, or is larger than 2 GiB. */
export async function fileBytes(path: string): Promise<Uint8Array> {
  const stats = await statsOf(path);
  if (stats.isDirectory()) throw inputError(`cannot read ${path}: it is a folder`, { at: path });
  // A pipe or a device might never end.
  if (!stats.isFile()) throw inputError(`cannot read ${path}: it is not a file`, { at: path });
  if (stats.size > largestFile) {
    throw inputError(`${path} is larger than 2 GiB, the most that is read at once`, {
      at: path,
      hint: 'split it into several files in a folder',
    });
  }
  const buffer = await readFile(path).catch((cause: unknown) => {
    throw readError(path, cause);
  });
  // A Buffer's slice() would share its memory, where that of other arrays copies.
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

/** Numbers in names count as numbers: image2 comes before image10. */
const natural = new Intl.Collator('en', { numeric: true });

/**
 * Paths of the files in a folder, links followed, in natural order; hidden files and subfolders are left out.
 * @throws ReparamError for a folder that cannot be read.
 */
export async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw readError(folder, cause);
  });
  return (
    entries
      .filter((entry) => (entry.isFile() || entry.isSymbolicLink()) && !entry.name.startsWith('.'))
      .map(({ name }) => name)
      // Names that differ in case or accents alone compare equal: their code points decide.
      .sort((a, b) => natural.compare(a, b) || (a < b ? -1 : 1))
      .map((name) => join(folder, name))
  );
}

const byName = (a: string, b: string): number => (a < b ? -1 : 1);

/**
 * Paths of all files below a folder, by code points as Python sorts them; hidden ones are left out.
 * @throws ReparamError for a folder that cannot be read.
 */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(
    (cause: unknown) => {
      throw readError(folder, cause);
    },
  );
  return entries
    .filter((entry) => (entry.isFile() || entry.isSymbolicLink()) && !entry.name.startsWith('.'))
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort(byName);
}

/**
 * Names of the folders in a folder, links followed, by code points as Python sorts them; hidden ones are left out.
 * @throws ReparamError for a folder that cannot be read.
 */
export async function foldersIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw readError(folder, cause);
  });
  const found: string[] = [];
  for (const name of names) {
    if (!name.startsWith('.') && (await isFolder(join(folder, name)))) found.push(name);
  }
  return found.sort(byName);
}
