import { randomUUID } from 'node:crypto';
import { readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { readError } from '../../file-errors.js';
import { folderName } from './layout.js';
import { readManifest } from './manifest.js';

const visible = /^step-(\d{8,})$/;
const temporary = /^\.step-(\d{8,})\.[0-9a-f-]+$/;

export interface CheckpointFolder {
  readonly step: number;
  readonly path: string;
}

/** The manifest is written last, when the disk has all other files. */
const isComplete = (path: string): Promise<boolean> =>
  readManifest(path).then(
    () => true,
    () => false,
  );

const namesIn = (root: string): Promise<string[]> =>
  readdir(root).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return [];
    throw readError(root, cause);
  });

/**
 * Folders of all checkpoints, by step. Where a process was killed while it replaced one, the complete one that it left
 * under a temporary name takes its place.
 * @param root the folder `checkpoints` of a run, which need not exist.
 */
export async function checkpointFolders(root: string): Promise<CheckpointFolder[]> {
  const found = new Map<number, string>();
  const hidden = new Map<number, string>();
  for (const name of await namesIn(root)) {
    const step = visible.exec(name)?.[1];
    if (step !== undefined) found.set(Number(step), join(root, name));
    const hiddenStep = temporary.exec(name)?.[1];
    if (hiddenStep === undefined || !(await isComplete(join(root, name)))) continue;
    hidden.set(Number(hiddenStep), join(root, name));
  }
  return [...new Map([...hidden, ...found])]
    .map(([step, path]) => ({ step, path }))
    .sort((a, b) => a.step - b.step);
}

/** Removes a folder such that no moment shows a part of it under its name. */
export async function removeFolder(root: string, path: string): Promise<void> {
  const doomed = join(root, `.removed.${randomUUID()}`);
  await rename(path, doomed);
  await rm(doomed, { recursive: true, force: true });
}

/** Gives complete checkpoints their names, and removes whatever else killed processes have left. */
export async function tidy(root: string): Promise<void> {
  for (const { step, path } of await checkpointFolders(root)) {
    if (basename(path) !== folderName(step)) await rename(path, join(root, folderName(step)));
  }
  for (const name of await namesIn(root)) {
    if (name.startsWith('.')) await rm(join(root, name), { recursive: true, force: true });
  }
}
