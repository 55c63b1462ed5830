import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inputError } from '../../../errors.js';
import { readError } from '../../../file-errors.js';
import { writeTextAtomic } from '../../../train/files.js';
import { slurmFolder } from './script.js';

/** A job array that was submitted. */
export interface SubmittedArray {
  readonly name: string;
  readonly jobName: string;
  /** Slurm's id; null where this process was killed before it heard of it. */
  readonly job: string | null;
  /** Names of the tasks by index. */
  readonly tasks: readonly string[];
}

const recordFile = (studyDir: string): string => join(slurmFolder(studyDir), 'job.json');

function isArray(value: unknown): value is SubmittedArray {
  const { name, jobName, job, tasks } = (value ?? {}) as Partial<SubmittedArray>;
  return (
    typeof name === 'string' &&
    typeof jobName === 'string' &&
    (job === null || typeof job === 'string') &&
    Array.isArray(tasks) &&
    tasks.every((task) => typeof task === 'string')
  );
}

/** The job arrays of a study, oldest first. @throws ReparamError for a damaged file. */
export async function readArrays(studyDir: string): Promise<SubmittedArray[]> {
  const path = recordFile(studyDir);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw readError(path, cause);
  }
  try {
    const { arrays } = JSON.parse(text) as { arrays: unknown };
    if (Array.isArray(arrays) && arrays.every(isArray)) return arrays;
  } catch {
    // Said below.
  }
  throw inputError(`${path} is damaged`, {
    at: path,
    hint: "end the study's jobs with scancel, then remove the file",
  });
}

/** @throws ReparamError when it cannot be written. */
export async function writeArrays(
  studyDir: string,
  arrays: readonly SubmittedArray[],
): Promise<void> {
  await writeTextAtomic(recordFile(studyDir), `${JSON.stringify({ arrays }, null, 2)}\n`);
}
