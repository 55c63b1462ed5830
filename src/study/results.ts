import { open } from 'node:fs/promises';
import { ReparamError } from '../errors.js';
import { median } from '../train/loop/meter.js';
import { type EpochRecord, epochRecords, readMetrics } from '../train/metrics/index.js';
import { type RunState, type RunSummary, readRun, runFiles } from '../train/runs/index.js';
import type { StudyTask } from './engines/engine.js';

/** `waiting`: it has not begun. */
export type TaskState = RunState | 'waiting';

/** How an engine saw a task end. */
export interface TaskEnd {
  readonly state: 'finished' | 'failed' | 'stopped';
  readonly problem: string | null;
}

/** What became of a task. What is not known is null. */
export interface TaskResult {
  readonly task: string;
  readonly model: string;
  readonly method: string;
  readonly data: string;
  readonly seed: number;
  readonly state: TaskState;
  /** Why it failed or cannot be read. */
  readonly problem: string | null;
  readonly epochsPlanned: number;
  readonly epochs: readonly EpochRecord[];
  /** Of the validation images, 0 to 1: of all epochs, and after the last. */
  readonly bestAccuracy: number | null;
  readonly lastAccuracy: number | null;
  /** Median over the epochs. */
  readonly stepSeconds: number | null;
  /** Bytes that its process has held in memory at most. */
  readonly peakMemory: number | null;
  /** Spent in epochs that are done. */
  readonly seconds: number;
  /** Trained ones, when it began. */
  readonly parameters: number | null;
  /** The machine that trained it last. */
  readonly host: string | null;
}

/** A log says how it began within its first bytes. */
const headOfLog = 2 ** 16;

async function headOf(path: string): Promise<string> {
  try {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(headOfLog), 0, headOfLog, 0);
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch {
    // A run may be started by hand, without a log.
    return '';
  }
}

/** What the first start event in a log tells: later ones may be of a model that has grown. */
async function parametersIn(logFile: string): Promise<number | null> {
  for (const line of (await headOf(logFile)).split('\n')) {
    if (!line.startsWith('{')) continue;
    try {
      const { kind, parameters } = JSON.parse(line) as Record<string, unknown>;
      if (kind === 'start') return typeof parameters === 'number' ? parameters : null;
    } catch {
      // Torn, or of another program.
    }
  }
  return null;
}

/** Null for what is missing or damaged: `readRun` tells which file is. */
function orNull<T>(error: unknown, otherwise: T): T {
  if (error instanceof ReparamError) return otherwise;
  throw error;
}

function epochsIn(runDir: string): EpochRecord[] {
  try {
    return epochRecords(readMetrics(runFiles(runDir).metrics));
  } catch (error) {
    return orNull(error, []);
  }
}

/** A run says itself how it ended, if it could; an engine also knows of those that could not. */
function stateOf(
  run: RunSummary | null,
  { recipe: { epochs } }: StudyTask,
  end: TaskEnd | undefined,
): Pick<TaskResult, 'state' | 'problem'> {
  const damage = run?.damaged.join('; ') || null;
  if (run?.state === 'finished' && damage === null && run.epochsDone >= epochs) {
    return { state: 'finished', problem: null };
  }
  if (run?.state === 'failed') return { state: 'failed', problem: run.problem ?? damage };
  if (end && end.state !== 'finished') return { ...end, problem: end.problem ?? damage };
  if (run === null) return { state: 'waiting', problem: null };
  if (run.state !== 'finished') return { state: run.state, problem: damage };
  // It counts as a result only with all of its figures.
  return damage === null
    ? { state: 'stopped', problem: `${run.epochsDone} of ${epochs} epochs are done` }
    : { state: 'failed', problem: damage };
}

async function readResult(task: StudyTask, end: TaskEnd | undefined): Promise<TaskResult> {
  const { name, model, method, data, seed, recipe, runDir, logFile } = task;
  const run = await readRun(runDir).catch((error: unknown) => orNull(error, null));
  const epochs = run === null ? [] : epochsIn(runDir);
  const steps = epochs.flatMap(({ stepSeconds }) => stepSeconds ?? []);
  const peaks = epochs.flatMap(({ peakMemory }) => peakMemory ?? []);
  return {
    ...{ task: name, model, method, data, seed },
    ...stateOf(run, task, end),
    epochsPlanned: recipe.epochs,
    epochs,
    bestAccuracy: run?.bestAccuracy ?? null,
    lastAccuracy: run?.lastAccuracy ?? null,
    stepSeconds: median(steps),
    peakMemory: peaks.length === 0 ? null : Math.max(...peaks),
    seconds: run?.seconds ?? 0,
    parameters: await parametersIn(logFile),
    host: run?.host || null,
  };
}

/**
 * What became of each task, in their order, as their folders tell it.
 * @param ends how an engine saw tasks end, by name: a run that was killed or never began cannot tell that it failed
 */
export const readResults = (
  tasks: readonly StudyTask[],
  ends: ReadonlyMap<string, TaskEnd> = new Map(),
): Promise<TaskResult[]> => Promise.all(tasks.map((task) => readResult(task, ends.get(task.name))));
