import { join } from 'node:path';
import { fileBytes } from '../../data/files.js';
import { inputError, ReparamError } from '../../errors.js';
import { readSafetensors } from '../safetensors/index.js';
import { type CheckpointFolder, checkpointFolders } from './folders.js';
import { checkpointFiles, checkpointsOf } from './layout.js';
import { checkFiles, type Manifest, readManifest } from './manifest.js';
import { type Pointer, readPointer } from './pointers.js';
import type { Checkpoint } from './write.js';

export interface ReadCheckpoint extends Checkpoint {
  readonly path: string;
}

/** The best or the newest checkpoint, or that of a step. */
export type WhichCheckpoint = Pointer | number;

/** @throws ReparamError unless all files are there as they were written. */
async function checked({ path }: CheckpointFolder): Promise<Manifest> {
  const manifest = await readManifest(path);
  await checkFiles(path, manifest);
  return manifest;
}

/** The newest of the folders that is not damaged. */
async function newestWhole(
  folders: readonly CheckpointFolder[],
): Promise<CheckpointFolder | undefined> {
  for (const folder of folders.toReversed()) {
    const whole = await checked(folder).then(
      () => true,
      () => false,
    );
    if (whole) return folder;
  }
  return undefined;
}

const stepsOf = (folders: readonly CheckpointFolder[]): string =>
  folders.map(({ step }) => step).join(', ');

async function choose(
  root: string,
  folders: readonly CheckpointFolder[],
  which: WhichCheckpoint,
): Promise<CheckpointFolder | undefined> {
  const step = typeof which === 'number' ? which : await readPointer(root, which);
  const found = folders.find((folder) => folder.step === step);
  // Without its pointer, or when a checkpoint was removed by hand, a run goes on from the newest that is left.
  return found ?? (which === 'latest' ? folders.at(-1) : undefined);
}

async function damaged(
  chosen: CheckpointFolder,
  folders: readonly CheckpointFolder[],
  cause: ReparamError,
): Promise<ReparamError> {
  const others = folders.filter((folder) => folder !== chosen);
  const older = await newestWhole(others.filter(({ step }) => step < chosen.step));
  const usable = older ?? (await newestWhole(others));
  return inputError(`the checkpoint ${chosen.path} is damaged: ${cause.message}`, {
    at: cause.at ?? chosen.path,
    cause,
    hint: usable
      ? `the checkpoint of step ${usable.step} is whole and can be used instead`
      : 'no other checkpoint of this run is whole',
  });
}

async function load({ path }: CheckpointFolder, manifest: Manifest): Promise<ReadCheckpoint> {
  const { step, epoch, batch, extra, files } = manifest;
  const tensorsOf = async (name: string) => (await readSafetensors(join(path, name))).tensors;
  const model = checkpointFiles.model in files;
  return {
    path,
    step,
    epoch,
    batch,
    extra,
    parameters: await tensorsOf(checkpointFiles.parameters),
    state: await tensorsOf(checkpointFiles.state),
    model: model ? await fileBytes(join(path, checkpointFiles.model)) : null,
  };
}

/**
 * Reads a checkpoint after its files have been compared with the sizes and hashes that were written.
 * @throws ReparamError when there is none; when it is damaged, with what is damaged and which other one is whole.
 */
export async function readCheckpoint(
  runDir: string,
  which: WhichCheckpoint = 'latest',
): Promise<ReadCheckpoint> {
  const root = checkpointsOf(runDir);
  const folders = await checkpointFolders(root);
  if (folders.length === 0) throw inputError(`${runDir} has no checkpoint`, { at: runDir });
  const chosen = await choose(root, folders, which);
  if (chosen === undefined) {
    const name = which === 'best' ? 'best checkpoint' : `checkpoint of step ${which}`;
    throw inputError(`${runDir} has no ${name}`, {
      at: runDir,
      hint: `there are checkpoints of steps ${stepsOf(folders)}`,
    });
  }
  try {
    return await load(chosen, await checked(chosen));
  } catch (error) {
    if (error instanceof ReparamError) throw await damaged(chosen, folders, error);
    throw error;
  }
}

export interface ListedCheckpoint extends CheckpointFolder {
  readonly latest: boolean;
  readonly best: boolean;
}

/** The checkpoints of a run, by step; their content is not looked at. */
export async function listCheckpoints(runDir: string): Promise<ListedCheckpoint[]> {
  const root = checkpointsOf(runDir);
  const folders = await checkpointFolders(root);
  const latest = await choose(root, folders, 'latest');
  const best = await choose(root, folders, 'best');
  return folders.map((folder) => ({
    ...folder,
    latest: folder === latest,
    best: folder === best,
  }));
}
