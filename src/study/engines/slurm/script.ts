import { dirname, join } from 'node:path';
import type { StudyTask } from '../engine.js';
import { type SlurmOptions, taskOptions } from './options.js';
import { directiveWord, outputPath, shellWord } from './quote.js';

/** A job array that is to be submitted: the task of index i is `tasks[i]`. */
export interface ArrayPlan {
  /** Of its files, unique in the study. */
  readonly name: string;
  /** Of the job in Slurm, unique among the user's jobs. */
  readonly jobName: string;
  readonly tasks: readonly StudyTask[];
}

/** What a task is started with. */
export interface Program {
  /** Absolute paths of Node and of its script, with what comes before the command. */
  readonly command: readonly string[];
  /** Where relative paths of recipes begin. */
  readonly workDir: string;
  /** Of a run: the same on all nodes, so that sums are rounded in the same order. */
  readonly threads: number;
}

/** Files that a job array needs, as text. */
export interface ArrayFiles {
  readonly script: { readonly path: string; readonly text: string };
  /** Names of the tasks, a line each. */
  readonly list: { readonly path: string; readonly text: string };
}

/** The folder STUDY of a task STUDY/tasks/NAME.json. */
export const studyFolder = ({ recipeFile }: StudyTask): string => dirname(dirname(recipeFile));

export const slurmFolder = (studyDir: string): string => join(studyDir, 'slurm');

/** What Slurm itself says about a task. */
export const outputOf = (studyDir: string, array: string, index: number): string =>
  join(slurmFolder(studyDir), `${array}-${index}.log`);

/** Slurm kills a job whole, so that what is read here are signals from elsewhere: memory, an administrator. */
const longestRestarts = 3;

const body = (list: string, command: string, threads: number): string => `
name=$(sed -n "$((SLURM_ARRAY_TASK_ID + 1))p" ${list})
[ -n "$name" ] || { echo "no task has the index $SLURM_ARRAY_TASK_ID"; exit 1; }

# What tells whether training went forward.
saved() { ls "$study/runs/$name/checkpoints" 2>/dev/null; }
before=$(saved)

# Shortly before the time limit, Slurm sends USR1: training saves and ends, and the task goes back to the queue.
# TERM comes when the job is cancelled or has to make room, and training gets it from Slurm itself.
signal=''
last=''
trap 'signal=USR1; last=USR1; kill -TERM "$training"' USR1
trap 'signal=TERM; last=TERM' TERM

${command} \\
  train --recipe "$study/tasks/$name.json" -o "$study/runs/$name" --auto-resume --json --threads ${threads} \\
  >>"$study/logs/$name.log" 2>&1 &
training=$!

# A signal ends the waiting before training has ended.
while signal=''; wait "$training"; code=$?; [ -n "$signal" ]; do :; done

back_to_the_queue() {
  echo "$name: $1, back to the queue"
  # Time for Slurm to kill this script too, if it was Slurm that ended training.
  sleep 2
  scontrol requeue "\${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID" && exit 0
}

if [ "$code" -ne 0 ] && [ "$last" = USR1 ]; then
  [ "$(saved)" != "$before" ] && back_to_the_queue 'time is up'
  echo "$name: no step was made within the time limit"
elif [ "$code" -gt 128 ] && [ -z "$last" ] && [ "\${SLURM_RESTART_COUNT:-0}" -lt ${longestRestarts} ]; then
  back_to_the_queue "killed by signal $((code - 128))"
fi
exit "$code"
`;

/**
 * The batch script of a job array and its list of tasks.
 * @throws ReparamError for options or a folder that Slurm cannot be told.
 */
export function arrayFiles(
  studyDir: string,
  { name, jobName, tasks }: ArrayPlan,
  { command, workDir, threads }: Program,
  options: SlurmOptions,
): ArrayFiles {
  const folder = slurmFolder(studyDir);
  const { maxParallel } = options;
  const throttle = maxParallel === undefined ? '' : `%${maxParallel}`;
  const directives = [
    `--job-name=${jobName}`,
    `--array=0-${tasks.length - 1}${throttle}`,
    `--chdir=${directiveWord(workDir)}`,
    `--output=${directiveWord(join(outputPath(folder), `${name}-%a.log`))}`,
    ...taskOptions(options),
  ];
  const text = [
    '#!/bin/bash',
    "# Written by 'reparam study': every task of this array trains one run, or goes on with it where it was stopped.",
    ...directives.map((option) => `#SBATCH ${option}`),
    '',
    `study=${shellWord(studyDir)}`,
  ].join('\n');
  const script = body(`"$study/slurm/${name}.tasks"`, command.map(shellWord).join(' '), threads);
  return {
    script: { path: join(folder, `${name}.sbatch`), text: `${text}${script}` },
    list: {
      path: join(folder, `${name}.tasks`),
      text: tasks.map((task) => `${task.name}\n`).join(''),
    },
  };
}
