import { ReparamError } from '../../../errors.js';
import { slurm } from './commands.js';

/** What Slurm knows of an array task. */
export interface TaskState {
  /** `PENDING`, `RUNNING`, `TIMEOUT` … */
  readonly state: string;
  /** Why it waits, or why it ended, in Slurm's words; empty where there is nothing to say. */
  readonly reason: string;
  readonly jobName: string;
}

/** States by task, named by `taskKey`. */
export type TaskStates = ReadonlyMap<string, TaskState>;

/** An array task as Slurm spells it. */
export const taskKey = (job: string, index: number): string => `${job}_${index}`;

const ended = new Set([
  ...['COMPLETED', 'FAILED', 'TIMEOUT', 'CANCELLED', 'NODE_FAIL', 'BOOT_FAIL'],
  ...['PREEMPTED', 'OUT_OF_MEMORY', 'DEADLINE', 'REVOKED'],
]);
const running = new Set([
  'RUNNING',
  'COMPLETING',
  'STAGE_OUT',
  'SIGNALING',
  'STOPPED',
  'SUSPENDED',
]);

export const hasEnded = ({ state }: TaskState): boolean => ended.has(state);
export const isRunning = ({ state }: TaskState): boolean => running.has(state);

/** Ends that are not training's own fault: gone on with, they may come to a good end. */
export const isInterrupted = ({ state }: TaskState): boolean =>
  ['TIMEOUT', 'NODE_FAIL', 'BOOT_FAIL', 'PREEMPTED', 'DEADLINE', 'REVOKED'].includes(state);

const inWords: Readonly<Record<string, string>> = {
  COMPLETED: 'the job ended before the run was finished',
  FAILED: 'the job failed',
  TIMEOUT: 'the time limit was reached',
  CANCELLED: 'the job was cancelled',
  NODE_FAIL: 'a node failed',
  BOOT_FAIL: 'a node did not start',
  PREEMPTED: 'the job had to make room for another',
  OUT_OF_MEMORY: 'the job needed more memory than it may have',
  DEADLINE: 'the deadline passed',
};

const meaningless = new Set(['', 'None', 'NonZeroExitCode', 'TimeLimit', 'RaisedSignal']);

export const endInWords = ({ state, reason }: TaskState): string => {
  const words = inWords[state] ?? `the job ended as ${state}`;
  return meaningless.has(reason) ? words : `${words} (${reason})`;
};

/** Indices as Slurm writes them: `4`, or `[0-2,5%3]` for tasks that have not begun. */
function* indicesOf(text: string): Generator<number> {
  for (const [, first, last] of text.replace(/%\d+/, '').matchAll(/(\d+)(?:-(\d+))?/g)) {
    for (let index = Number(first); index <= Number(last ?? first); index++) yield index;
  }
}

/** Lines of array, indices, state, the job's name and reason with | between. */
export function parseStates(output: string): TaskStates {
  const states = new Map<string, TaskState>();
  for (const line of output.split('\n')) {
    const [job, indices, state, jobName = '', reason = ''] = line
      .split('|')
      .map((part) => part.trim());
    if (job === undefined || indices === undefined || state === undefined) continue;
    // Accounting says who it was: CANCELLED by 0.
    const [first = state] = state.split(' ');
    for (const index of indicesOf(indices))
      states.set(taskKey(job, index), { state: first, reason, jobName });
  }
  return states;
}

/** Jobs that ended minutes ago are not in the queue any more; then Slurm says that it knows none of them. */
const isForgotten = (problem: string): boolean => /invalid job id/i.test(problem);

/**
 * What the queue says about job arrays, or why Slurm does not answer. Tasks that ended minutes ago are not in it.
 * @param jobs ids of the arrays
 * @throws ReparamError (environment) where there is no Slurm.
 */
export async function queued(
  jobs: readonly string[],
): Promise<{ states: TaskStates } | { problem: string }> {
  const { ok, output, problem } = await slurm('squeue', [
    ...['--noheader', '--array', '--states=all', `--jobs=${jobs.join(',')}`],
    '--format=%F|%K|%T|%j|%r',
  ]);
  if (!ok && !isForgotten(problem)) return { problem };
  return { states: parseStates(output) };
}

/** What accounting says about job arrays; nothing on clusters without it. */
export async function accounted(jobs: readonly string[]): Promise<TaskStates> {
  try {
    const { ok, output } = await slurm('sacct', [
      ...['--noheader', '--parsable2', '--allocations', `--jobs=${jobs.join(',')}`],
      '--format=JobID,State,JobName,Reason',
    ]);
    if (!ok) return new Map();
    // 12_3 and 12_[4-7] here, where the queue has two columns.
    return parseStates(output.replaceAll(/^(\d+)_/gm, '$1|'));
  } catch (error) {
    if (error instanceof ReparamError && error.code === 'environment') return new Map();
    throw error;
  }
}

/** The id of the array with a name, null where there is none. @throws ReparamError (environment) without an answer. */
export async function findJob(jobName: string): Promise<string | null> {
  const { ok, output, problem } = await slurm('squeue', [
    ...['--noheader', '--states=all', `--name=${jobName}`, '--format=%F'],
  ]);
  if (ok) return /^\d+/.exec(output.trim())?.[0] ?? null;
  throw new ReparamError('environment', `Slurm does not answer: ${problem}`, {
    hint: 'run the same command again when the cluster is back',
  });
}
