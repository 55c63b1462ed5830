import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { internalError } from '../../errors.js';
import { writeError } from '../../file-errors.js';
import type { Tensor } from '../../tensor/index.js';
import { type FileIdentity, syncFolder, writeSynced } from '../files.js';
import type { JsonObject } from '../json.js';
import { safetensorsChunks } from '../safetensors/index.js';
import { type CheckpointFolder, checkpointFolders, removeFolder, tidy } from './folders.js';
import {
  checkpointFiles,
  checkpointsOf,
  folderName,
  manifestFile,
  temporaryName,
} from './layout.js';
import { manifestText, type Progress } from './manifest.js';
import { movePointer, readPointer } from './pointers.js';

/** Everything that a run needs to go on as if it had never stopped. */
export interface Checkpoint extends Progress {
  /** Weights and running statistics, by name. */
  readonly parameters: ReadonlyMap<string, Tensor>;
  /** What the optimizer remembers, by name. */
  readonly state: ReadonlyMap<string, Tensor>;
  /** The model as an ONNX file; null when it was not written. */
  readonly model: Uint8Array | null;
  /** Seeds, the best metric, the recipe: whatever else the run needs. */
  readonly extra: JsonObject;
}

export interface CheckpointOptions {
  /** How many of the newest to keep, 1 or more. Default 3. */
  readonly keep?: number;
  /** Whether none had a better metric: then this one is kept until another one is better. */
  readonly best?: boolean;
}

async function writeContent(folder: string, checkpoint: Checkpoint): Promise<void> {
  const { step, epoch, batch, parameters, state, model, extra } = checkpoint;
  const files: Record<string, FileIdentity> = {};
  const add = async (name: string, chunks: Iterable<Uint8Array>): Promise<void> => {
    files[name] = await writeSynced(join(folder, name), chunks);
  };
  await add(checkpointFiles.parameters, safetensorsChunks(parameters));
  await add(checkpointFiles.state, safetensorsChunks(state));
  if (model) await add(checkpointFiles.model, [model]);
  const text = manifestText({ step, epoch, batch, extra, files });
  await writeSynced(join(folder, manifestFile), [new TextEncoder().encode(text)]);
  await syncFolder(folder);
}

/** Gives a complete folder its final name; one that has it already moves away, and is a checkpoint until the end. */
async function publish(root: string, temporary: string, step: number): Promise<string> {
  const path = join(root, folderName(step));
  await rename(path, join(root, temporaryName(step))).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT') throw cause;
  });
  await rename(temporary, path);
  await syncFolder(root);
  return path;
}

/** Those of later steps belong to a run that was not gone on with. */
function superfluous(
  folders: readonly CheckpointFolder[],
  step: number,
  keep: number,
  best: number | null,
): CheckpointFolder[] {
  const past = folders.filter((folder) => folder.step <= step).slice(-keep);
  return folders.filter((folder) => folder.step !== best && !past.includes(folder));
}

/**
 * Writes a checkpoint into `checkpoints/step-<step>` of a run's folder. The folder appears complete or not at all; then
 * the pointer `latest` moves to it, and only then are older ones removed: a process that is killed at any moment leaves
 * a run that can be gone on with. Checkpoints of later steps, left by a run that was taken up again before them, are
 * removed too. One process at a time may write into a run.
 * @param runDir the run's folder, which must exist.
 * @returns the checkpoint's folder.
 * @throws ReparamError when it cannot be written; what was there before is there still.
 */
export async function writeCheckpoint(
  runDir: string,
  checkpoint: Checkpoint,
  options: CheckpointOptions = {},
): Promise<string> {
  const { keep = 3, best = false } = options;
  if (!(keep >= 1)) throw internalError(`cannot keep ${keep} checkpoints`);
  const { step } = checkpoint;
  const root = checkpointsOf(runDir);
  const temporary = join(root, temporaryName(step));
  try {
    if ((await mkdir(root, { recursive: true })) !== undefined) await syncFolder(runDir);
    await tidy(root);
    await mkdir(temporary);
    await writeContent(temporary, checkpoint);
    const path = await publish(root, temporary, step);
    if (best) await movePointer(root, 'best', step);
    await movePointer(root, 'latest', step);
    const bestStep = await readPointer(root, 'best');
    const folders = await checkpointFolders(root);
    for (const old of superfluous(folders, step, keep, bestStep)) {
      await removeFolder(root, old.path);
    }
    await tidy(root);
    return path;
  } catch (cause) {
    await rm(temporary, { recursive: true, force: true });
    throw writeError(join(root, folderName(step)), cause);
  }
}
