import { rmSync } from 'node:fs';
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { writeError } from '../../src/file-errors.js';

const openFolders = new Set<string>();

/** For signal handlers: what an interrupted command has begun to write is of no use to anybody. */
export function removeStagingFolders(): void {
  for (const folder of openFolders) rmSync(folder, { recursive: true, force: true });
}

/** Moves a file and its companions beside it to their places. */
async function publish(staged: string, folder: string): Promise<void> {
  const name = basename(staged);
  const companions = (await readdir(dirname(staged))).filter((other) => other !== name);
  // The model comes last: as long as it is not there, nobody reads the data that it refers to.
  for (const file of [...companions, name]) {
    await rename(join(dirname(staged), file), join(folder, file));
  }
}

/**
 * Writes files, each with its companions (external data), completely or not at all: `produce` writes them under their
 * final names into folders beside the final ones, and only when it has returned are they moved.
 * @param produce gets the paths to write instead of `paths`; when it throws, nothing is left behind.
 */
export async function writeStaged<T>(
  paths: readonly string[],
  produce: (stagedPaths: readonly string[]) => Promise<T>,
): Promise<T> {
  const folders: string[] = [];
  try {
    for (const path of paths) {
      const folder = await mkdtemp(join(dirname(path), '.reparam-')).catch((cause: unknown) => {
        throw writeError(path, cause);
      });
      openFolders.add(folder);
      folders.push(folder);
    }
    const staged = paths.map((path, i) => join(folders[i] as string, basename(path)));
    const result = await produce(staged);
    for (const [i, path] of paths.entries()) await publish(staged[i] as string, dirname(path));
    return result;
  } finally {
    for (const folder of folders) {
      await rm(folder, { recursive: true, force: true });
      openFolders.delete(folder);
    }
  }
}
