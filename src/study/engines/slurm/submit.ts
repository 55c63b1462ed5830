import { randomBytes } from 'node:crypto';
import { basename, dirname } from 'node:path';
import { ReparamError } from '../../../errors.js';
import { makeFolder, writeTextAtomic } from '../../../train/files.js';
import type { StudyTask } from '../engine.js';
import { slurm } from './commands.js';
import type { SlurmOptions } from './options.js';
import { readArrays, type SubmittedArray, writeArrays } from './record.js';
import { type ArrayFiles, arrayFiles, type Program, slurmFolder } from './script.js';
import { findJob, hasEnded, queued, taskKey } from './states.js';

/** A study whose tasks are carried out by Slurm. */
export interface SlurmStudy {
  readonly studyDir: string;
  readonly program: Program;
  readonly options: SlurmOptions;
}

/** Where in Slurm a task is. */
export interface Place {
  readonly task: StudyTask;
  readonly array: string;
  readonly job: string;
  readonly index: number;
}

/** Of the arrays of a study; no two studies have jobs of the same name. */
function jobNameOf(studyDir: string): string {
  const study = basename(studyDir).replace(/[^\w.-]+/g, '-');
  return `reparam-${study}-${randomBytes(4).toString('hex')}`;
}

const planOf = (number: number, jobName: string, tasks: readonly StudyTask[]) => ({
  ...{ name: `array-${number}`, jobName, tasks },
});

/** What would be submitted for tasks, without doing it. @throws ReparamError as `submit` does. */
export async function plannedFiles(
  { studyDir, program, options }: SlurmStudy,
  tasks: readonly StudyTask[],
): Promise<ArrayFiles> {
  const number = (await readArrays(studyDir)).length + 1;
  return arrayFiles(studyDir, planOf(number, jobNameOf(studyDir), tasks), program, options);
}

async function write({ script, list }: ArrayFiles, tasks: readonly StudyTask[]): Promise<void> {
  const folders = new Set([dirname(script.path), ...tasks.map(({ logFile }) => dirname(logFile))]);
  for (const folder of folders) makeFolder(folder);
  await writeTextAtomic(list.path, list.text);
  await writeTextAtomic(script.path, script.text);
}

/**
 * Submits tasks as one job array. What is submitted is noted before and after, so that a process that is killed in
 * between leaves nothing that the next one would not find.
 * @throws ReparamError (environment) where Slurm is missing or refuses the job.
 */
export async function submit(study: SlurmStudy, tasks: readonly StudyTask[]): Promise<Place[]> {
  const { studyDir, program, options } = study;
  const before = await readArrays(studyDir);
  const plan = planOf(before.length + 1, jobNameOf(studyDir), tasks);
  const { name, jobName } = plan;
  const files = arrayFiles(studyDir, plan, program, options);
  await write(files, tasks);
  const noted = { name, jobName, job: null, tasks: tasks.map((task) => task.name) };
  await writeArrays(studyDir, [...before, noted]);
  const { ok, output, problem } = await slurm('sbatch', ['--parsable', files.script.path]);
  // Followed by the cluster's name where there are several.
  const job = /^\d+/.exec(output.trim())?.[0];
  if (!ok || job === undefined) {
    await writeArrays(studyDir, before);
    throw new ReparamError('environment', `Slurm refused the job: ${problem || output.trim()}`, {
      at: files.script.path,
      hint: 'change the options of the job, or see the script with --dry-run',
    });
  }
  await writeArrays(studyDir, [...before, { ...noted, job }]);
  return tasks.map((task, index) => ({ task, array: name, job, index }));
}

/** Arrays with their ids; those that Slurm never got are left out. */
async function knownArrays(studyDir: string): Promise<(SubmittedArray & { job: string })[]> {
  const noted = await readArrays(studyDir);
  const arrays = await Promise.all(
    noted.map(async (array) => ({ ...array, job: array.job ?? (await findJob(array.jobName)) })),
  );
  if (noted.some(({ job }) => job === null)) await writeArrays(studyDir, arrays);
  return arrays.flatMap(({ job, ...array }) => (job === null ? [] : [{ ...array, job }]));
}

/**
 * Which tasks Slurm holds already, waiting or running.
 * @throws ReparamError (environment) where Slurm does not answer.
 */
export async function attach(studyDir: string, tasks: readonly StudyTask[]): Promise<Place[]> {
  const arrays = await knownArrays(studyDir);
  if (arrays.length === 0) return [];
  const answer = await queued(arrays.map(({ job }) => job));
  if ('problem' in answer) {
    throw new ReparamError('environment', `Slurm does not answer: ${answer.problem}`, {
      at: slurmFolder(studyDir),
      hint: 'run the same command again when the cluster is back',
    });
  }
  return tasks.flatMap((task) => {
    for (const { name: array, job, jobName, tasks: names } of arrays) {
      const index = names.indexOf(task.name);
      const state = answer.states.get(taskKey(job, index));
      // Another name: the cluster was set up anew, and counts from 1 again.
      const alive = state !== undefined && state.jobName === jobName && !hasEnded(state);
      if (alive) return [{ task, array, job, index }];
    }
    return [];
  });
}
