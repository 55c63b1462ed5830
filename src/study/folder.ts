import { readdir, readFile } from 'node:fs/promises';
import { ReparamError } from '../errors.js';
import { makeFolder, writeTextAtomic } from '../train/files.js';
import {
  changeableOptions,
  changedOptions,
  completeRecipe,
  describeChange,
  type RecipeName,
  readRecipe,
} from '../train/recipe/index.js';
import { FolderLock, readStatus, runFiles } from '../train/runs/index.js';
import type { StudyTask } from './engines/engine.js';
import { studyFiles } from './plan.js';
import type { Study } from './study.js';

/** Epochs may change within a run, but not within a comparison. */
const changeable: readonly RecipeName[] = changeableOptions.filter((name) => name !== 'epochs');

/** @throws ReparamError (usage) for a folder that holds something else. */
async function requireStudyFolder(folder: string): Promise<void> {
  const names = await readdir(folder).catch((): string[] => []);
  const others = names.filter((name) => !name.startsWith('lock.json'));
  if (others.length === 0 || names.includes('study.json')) return;
  throw new ReparamError('usage', `${folder} is not empty, and holds no study`, {
    at: folder,
    hint: 'choose another folder with -o',
  });
}

async function changesOf({ name, runDir, recipe }: StudyTask): Promise<string[]> {
  if ((await readStatus(runDir)) === null) return [];
  const before = completeRecipe(await readRecipe(runFiles(runDir).recipe));
  return changedOptions(before, recipe, changeable).map(
    (change) => `${name}: ${describeChange(change)}`,
  );
}

/**
 * Refuses a study whose runs have begun with other options. Runs may be added and left out.
 * @throws ReparamError (usage) that says what has changed.
 */
async function requireSameRuns(folder: string, tasks: readonly StudyTask[]): Promise<void> {
  const changes: string[] = [];
  for (const task of tasks) changes.push(...(await changesOf(task)));
  const [first] = changes;
  if (first === undefined) return;
  const others = changes.length === 1 ? '' : ` (and ${changes.length - 1} more)`;
  throw new ReparamError(
    'usage',
    `the study has changed since ${folder} was begun: ${first}${others}`,
    {
      at: folder,
      hint: 'change it back, or choose another folder with -o',
    },
  );
}

/** Threads that the runs of a study were begun with, null where none was; other numbers may round otherwise. */
export async function threadsBefore(folder: string): Promise<number | null> {
  try {
    const { threads } = JSON.parse(await readFile(studyFiles(folder).study, 'utf8')) as {
      threads?: unknown;
    };
    return typeof threads === 'number' ? threads : null;
  } catch {
    return null;
  }
}

async function writeTasks(
  folder: string,
  study: Study,
  tasks: readonly StudyTask[],
  threads: number | null,
): Promise<void> {
  const files = studyFiles(folder);
  for (const path of [files.tasks, files.runs, files.logs]) makeFolder(path);
  const runs = tasks.map(({ name, model, method, data, seed }) => ({
    ...{ name, model, method, data, seed },
  }));
  const { name, baseline, seeds, source } = study;
  const kept = { name, baseline, seeds, threads, runs, source };
  await writeTextAtomic(files.study, `${JSON.stringify(kept, null, 2)}\n`);
  for (const { recipe, recipeFile } of tasks) {
    await writeTextAtomic(recipeFile, `${JSON.stringify(recipe, null, 2)}\n`);
  }
}

/**
 * Takes a folder for a study and writes what its tasks need, so that an engine can carry them out. To be released.
 * @param threads of a run, null where the engine does not care
 * @throws ReparamError for a folder that holds something else, or runs with other options, or that another process has.
 */
export async function takeStudyFolder(
  folder: string,
  study: Study,
  tasks: readonly StudyTask[],
  threads: number | null,
): Promise<FolderLock> {
  await requireStudyFolder(folder);
  const lock = await FolderLock.take(folder, { doing: 'the study is being carried out' });
  try {
    await requireSameRuns(folder, tasks);
    await writeTasks(folder, study, tasks, threads);
    return lock;
  } catch (error) {
    lock.release();
    throw error;
  }
}
