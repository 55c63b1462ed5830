import { join } from 'node:path';
import { inputError } from '../../errors.js';
import { exists, fileBytes, isFolder } from '../files.js';
import { filesInArchive } from './archive.js';

export interface NamedFile {
  readonly bytes: Uint8Array;
  /** What messages call it. */
  readonly at: string;
}

/**
 * Reads those of some files that there are, in a folder, in one of its subfolders, or in an archive.
 * @param location a folder, or a .tar, .tar.gz or .tar.xz archive.
 * @param names in the order of the result.
 * @param subfolders where the files lie when an archive was unpacked into the folder.
 * @throws ReparamError when there is none of them, and for what cannot be read.
 */
export async function namedFiles(
  location: string,
  names: readonly string[],
  subfolders: readonly string[] = [],
): Promise<ReadonlyMap<string, NamedFile>> {
  const found = new Map<string, NamedFile>();
  if (await isFolder(location)) {
    for (const folder of [location, ...subfolders.map((name) => join(location, name))]) {
      for (const name of names) {
        const at = join(folder, name);
        if (await exists(at)) found.set(name, { bytes: await fileBytes(at), at });
      }
      if (found.size > 0) return found;
    }
  } else {
    const files = await filesInArchive(location, names);
    for (const name of names) {
      const bytes = files.get(name);
      if (bytes) found.set(name, { bytes, at: `${name} in ${location}` });
    }
    if (found.size > 0) return found;
  }
  throw inputError(`${location} holds none of ${names.join(', ')}`, { at: location });
}
