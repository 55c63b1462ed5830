import { readFile } from 'node:fs/promises';
import { ReparamError } from '../../../errors.js';
import { type RunStatus, readRun, readStatus } from '../../../train/runs/index.js';
import type { StudyTask } from '../engine.js';
import { outputOf } from './script.js';
import { endInWords, hasEnded, isInterrupted, type TaskState } from './states.js';
import type { Place } from './submit.js';

/** How it is with a task: not over, over, or interrupted and worth going on with. */
export type Outcome =
  | { readonly kind: 'not-over' }
  | { readonly kind: 'interrupted'; readonly reason: string }
  | {
      readonly kind: 'over';
      readonly state: 'finished' | 'failed' | 'stopped';
      readonly problem: string | null;
    };

const notOver: Outcome = { kind: 'not-over' };

/** Milliseconds until what another machine has written last is seen here, and more where the job says that it did. */
const settling = { usual: 2_000, completed: 60_000 };

/** What is damaged or missing counts as nothing: the job's end will be told by Slurm. */
const orNull = <T>(promise: Promise<T>): Promise<T | null> =>
  promise.catch((error: unknown) => {
    if (error instanceof ReparamError) return null;
    throw error;
  });

/** Optimizer steps of a task's run. */
export const stepsOf = async ({ runDir }: StudyTask): Promise<number> =>
  (await orNull(readRun(runDir)))?.step ?? 0;

/** The last error in a log, or else its last line that says anything; empty where there is none. */
async function lastLine(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const lines = text.split('\n').map((line) => line.trim());
  const error = lines.findLast((line) => line.startsWith('error: '));
  if (error !== undefined) return error.slice('error: '.length);
  // Events of training say nothing about why it ended.
  return lines.findLast((line) => line !== '' && !line.startsWith('{')) ?? '';
}

async function failure(place: Place, state: TaskState | null, studyDir: string): Promise<string> {
  const reason = state === null ? 'Slurm has forgotten the job' : endInWords(state);
  const line =
    (await lastLine(place.task.logFile)) ||
    (await lastLine(outputOf(studyDir, place.array, place.index)));
  return line === '' ? reason : `${reason}: ${line}`;
}

function fromRun(status: RunStatus | null): Outcome | null {
  if (status?.state !== 'finished' && status?.state !== 'failed') return null;
  return { kind: 'over', state: status.state, problem: status.problem };
}

/**
 * How it is with a task.
 * @param followed `endedAt` is kept here: when the end was first seen
 * @param state null where Slurm does not know the task any more
 */
export async function lookAtEnd(
  followed: Place & { readonly steps: number; endedAt: number | null },
  state: TaskState | null,
  studyDir: string,
): Promise<Outcome> {
  if (state !== null && !hasEnded(state)) {
    followed.endedAt = null;
    return notOver;
  }
  const { task, steps } = followed;
  const told = fromRun(await orNull(readStatus(task.runDir)));
  if (told !== null) return told;
  followed.endedAt ??= Date.now();
  const settled = state?.state === 'COMPLETED' ? settling.completed : settling.usual;
  if (Date.now() - followed.endedAt < settled) return notOver;
  if (state?.state === 'CANCELLED') {
    return { kind: 'over', state: 'stopped', problem: endInWords(state) };
  }
  const wentOn = (await stepsOf(task)) > steps;
  if (state !== null && isInterrupted(state) && wentOn) {
    return { kind: 'interrupted', reason: endInWords(state) };
  }
  return { kind: 'over', state: 'failed', problem: await failure(followed, state, studyDir) };
}
