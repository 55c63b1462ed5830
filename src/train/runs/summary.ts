import { readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { isFolder } from '../../data/files.js';
import { inputError, ReparamError } from '../../errors.js';
import { readError } from '../../file-errors.js';
import { type ListedCheckpoint, listCheckpoints } from '../checkpoint/index.js';
import { writeTextAtomic } from '../files.js';
import type { JsonValue } from '../json.js';
import { type EpochRecord, isEpoch, readMetrics } from '../metrics/index.js';
import { type Recipe, type RecipeName, readRecipe, recipeNames } from '../recipe/index.js';
import { runFiles } from './layout.js';
import { type RunState, readStatus } from './status.js';

/** A run as a row of a table. What is not known is null. */
export interface RunSummary {
  /** Of its folder. */
  readonly name: string;
  readonly path: string;
  readonly state: RunState;
  /** What it failed with. */
  readonly problem: string | null;
  /** In milliseconds since 1970. */
  readonly startedAt: number;
  /** The machine that trained it last. */
  readonly host: string;
  readonly model: string | null;
  readonly data: string | null;
  readonly epochs: number | null;
  readonly epochsDone: number;
  readonly step: number;
  /** Of the validation images, 0 to 1, after the last epoch. */
  readonly lastAccuracy: number | null;
  readonly bestAccuracy: number | null;
  /** Of the last epoch's training images. */
  readonly loss: number | null;
  /** Spent in epochs that are done. */
  readonly seconds: number;
  readonly recipe: Partial<Recipe>;
  readonly checkpoints: readonly ListedCheckpoint[];
  /** Which files cannot be read, in words; what they hold is left out. */
  readonly damaged: readonly string[];
}

/** Keeps the complete recipe in the run's folder. @throws ReparamError when it cannot be written. */
export async function writeRunRecipe(runDir: string, recipe: Recipe): Promise<void> {
  await writeTextAtomic(runFiles(runDir).recipe, `${JSON.stringify(recipe, null, 2)}\n`);
}

/** Reads a part of a run; one that is damaged must not hide the others. */
async function part<T>(damaged: string[], otherwise: T, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof ReparamError)) throw error;
    damaged.push(error.message);
    return otherwise;
  }
}

function figures(epochs: readonly EpochRecord[]) {
  const accuracies = epochs.flatMap(({ valAccuracy }) => valAccuracy ?? []);
  const last = epochs.at(-1);
  return {
    epochsDone: last?.epoch ?? 0,
    lastAccuracy: last?.valAccuracy ?? null,
    bestAccuracy: accuracies.length === 0 ? null : Math.max(...accuracies),
    loss: last?.trainLoss ?? null,
    seconds: epochs.reduce((sum, { seconds }) => sum + seconds, 0),
  };
}

/** @returns null for a folder that is no run. */
async function summarize(runDir: string): Promise<RunSummary | null> {
  const files = runFiles(runDir);
  const damaged: string[] = [];
  const unknown = { state: 'stopped', problem: null, startedAt: 0, host: '' } as const;
  const status = await part(damaged, unknown, () => readStatus(runDir));
  if (status === null) return null;
  const recipe = await part(damaged, {}, () => readRecipe(files.recipe));
  const records = await part(damaged, [], () => readMetrics(files.metrics));
  const checkpoints = await part(damaged, [], () => listCheckpoints(runDir));
  return {
    name: basename(resolve(runDir)),
    path: runDir,
    ...status,
    model: recipe.model ?? null,
    data: recipe.data ?? null,
    epochs: recipe.epochs ?? null,
    step: records.at(-1)?.step ?? 0,
    ...figures(records.filter(isEpoch)),
    recipe,
    checkpoints,
    damaged,
  };
}

/** @throws ReparamError for a folder that is no run. */
export async function readRun(runDir: string): Promise<RunSummary> {
  const run = (await isFolder(runDir)) ? await summarize(runDir) : null;
  if (run) return run;
  throw inputError(`${runDir} is no run`, {
    at: runDir,
    hint: "give a folder that 'reparam train -o' wrote",
  });
}

/**
 * The runs in a folder, or the folder itself when it is one; the newest come last.
 * @throws ReparamError for a folder that cannot be read.
 */
export async function listRuns(folder: string): Promise<RunSummary[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw readError(folder, cause);
  });
  const own = await summarize(folder);
  if (own) return [own];
  const runs: RunSummary[] = [];
  for (const entry of entries) {
    if (!entry.isDirectory() || entry.name.startsWith('.')) continue;
    const run = await summarize(join(folder, entry.name));
    if (run) runs.push(run);
  }
  return runs.sort((a, b) => a.startedAt - b.startedAt || (a.name < b.name ? -1 : 1));
}

export interface RecipeDifference {
  readonly option: RecipeName;
  /** One for each run, null where it is not known. */
  readonly values: readonly JsonValue[];
}

/** The options in which runs differ. */
export const compareRecipes = (runs: readonly RunSummary[]): RecipeDifference[] =>
  recipeNames
    .map((option) => ({ option, values: runs.map(({ recipe }) => recipe[option] ?? null) }))
    .filter(({ values }) => new Set(values.map((value) => JSON.stringify(value))).size > 1);
