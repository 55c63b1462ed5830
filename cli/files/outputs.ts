import { access, constants, lstat, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ReparamError } from '../../src/errors.js';

interface Identity {
  readonly path: string;
  /** Device and inode, which hard links share; null for a file that does not exist. */
  readonly inode: string | null;
}

/** Where a path leads, links in its folders and in itself followed. */
async function identify(path: string): Promise<Identity> {
  const stats = await stat(path, { bigint: true }).catch(() => null);
  if (stats) return { path: await realpath(path), inode: `${stats.dev}:${stats.ino}` };
  const folder = await realpath(dirname(path)).catch(() => dirname(path));
  return { path: join(folder, basename(path)), inode: null };
}

const same = (a: Identity, b: Identity): boolean =>
  a.path === b.path || (a.inode !== null && a.inode === b.inode);

/** @throws ReparamError when an output is one of the inputs, under whatever name, or two outputs are the same file. */
export async function refuseOverwriting(
  inputs: readonly string[],
  outputs: readonly string[],
): Promise<void> {
  const sources = await Promise.all(inputs.map(identify));
  const targets = await Promise.all(outputs.map(identify));
  targets.forEach((target, i) => {
    const source = sources.findIndex((candidate) => same(candidate, target));
    if (source >= 0) {
      throw new ReparamError('usage', `the output ${outputs[i]} is the input ${inputs[source]}`, {
        hint: 'write to another file: the input is never changed',
      });
    }
    const twin = targets.findIndex((candidate, j) => j < i && same(candidate, target));
    if (twin >= 0) {
      throw new ReparamError('usage', `${outputs[twin]} and ${outputs[i]} are the same output`);
    }
  });
}

/**
 * Finds out before any work is done that an output could not be written: its folder is missing or closed, or its path
 * is that of a folder, device or pipe, which must not be replaced by a file.
 */
export async function checkWritable(output: string): Promise<void> {
  const folder = dirname(output);
  const stats = await stat(folder).catch(() => null);
  if (!stats?.isDirectory()) {
    throw new ReparamError('usage', `the folder ${folder} of the output does not exist`);
  }
  await access(folder, constants.W_OK);
  const target = await lstat(output).catch(() => null);
  if (target && !target.isFile() && !target.isSymbolicLink()) {
    throw new ReparamError('usage', `the output ${output} exists and is not a regular file`);
  }
}
