import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { dirname } from 'node:path';
import { writeError } from '../../../file-errors.js';
import { makeFolder } from '../../../train/files.js';
import { isEpoch, type MetricsRecord } from '../../../train/metrics/index.js';
import { readStatus } from '../../../train/runs/index.js';
import type { StudyEvent, StudyTask } from '../engine.js';

export interface ChildOptions {
  readonly program: readonly string[];
  readonly threads: number;
  readonly signal: AbortSignal;
  readonly tell: (event: StudyEvent) => void;
}

export interface TaskEnd {
  readonly state: 'finished' | 'failed' | 'stopped';
  readonly problem: string | null;
}

/** How training ends that was interrupted: it has saved, or had not begun to listen to signals. */
const interrupted: readonly (number | string | null)[] = [130, 143, 'SIGINT', 'SIGTERM'];

/** Bytes at the end of a log in which an error is looked for. */
const longestError = 2 ** 16;

function openLog({ logFile }: StudyTask): number {
  try {
    makeFolder(dirname(logFile));
    // Readable too: its end tells what an error said.
    return openSync(logFile, 'a+');
  } catch (cause) {
    throw writeError(logFile, cause);
  }
}

/** The last error that the command line printed behind a place in its log. */
function errorIn(log: number, from: number): string | null {
  const { size } = fstatSync(log);
  const start = Math.max(from, size - longestError);
  const bytes = new Uint8Array(size - start);
  readSync(log, bytes, 0, bytes.length, start);
  const lines = new TextDecoder().decode(bytes).split('\n');
  return lines.findLast((line) => line.startsWith('error: '))?.slice('error: '.length) ?? null;
}

/** A process group of its own: Ctrl-C in a terminal reaches the study alone, which passes it on once. */
function start(task: StudyTask, log: number, { program, threads }: ChildOptions): ChildProcess {
  const { recipeFile, runDir } = task;
  const [command = '', ...before] = program;
  const args = ['train', '--recipe', recipeFile, '-o', runDir, '--auto-resume', '--json'];
  return spawn(command, [...before, ...args, '--threads', String(threads)], {
    stdio: ['ignore', log, log, 'ipc'],
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
}

interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
  readonly cause: Error | null;
}

const exitOf = (child: ChildProcess): Promise<Exit> =>
  new Promise((resolve) => {
    child.on('error', (cause) => resolve({ code: null, signal: null, cause }));
    child.on('close', (code, signal) => resolve({ code, signal, cause: null }));
  });

function inWords({ code, signal, cause }: Exit): string {
  if (cause) return `training could not be started: ${cause.message}`;
  if (signal === 'SIGKILL') return 'killed by SIGKILL, as happens where memory runs out';
  return signal ? `killed by ${signal}` : `training ended with code ${code}`;
}

async function endOf(task: StudyTask, exit: Exit, error: string | null): Promise<TaskEnd> {
  const status = await readStatus(task.runDir).catch(() => null);
  if (exit.code === 0 && status?.state === 'finished') return { state: 'finished', problem: null };
  const { code, signal } = exit;
  if (code === 0 || interrupted.includes(code ?? signal))
    return { state: 'stopped', problem: null };
  const told = status?.state === 'failed' ? status.problem : null;
  return { state: 'failed', problem: error ?? told ?? inWords(exit) };
}

/** Trains one run in a process of its own, which ends by itself should this one be killed. */
export async function trainInChild(task: StudyTask, options: ChildOptions): Promise<TaskEnd> {
  const { signal, tell } = options;
  const log = openLog(task);
  try {
    const from = fstatSync(log).size;
    const child = start(task, log, options);
    const interrupt = (): void => {
      child.kill('SIGINT');
    };
    signal.addEventListener('abort', interrupt);
    child.on('message', (record: MetricsRecord) => {
      if (!isEpoch(record)) return;
      const { epoch, valAccuracy } = record;
      const { epochs } = task.recipe;
      tell({ kind: 'task-epoch', task: task.name, epoch, epochs, accuracy: valAccuracy });
    });
    const exit = await exitOf(child);
    signal.removeEventListener('abort', interrupt);
    return await endOf(task, exit, errorIn(log, from));
  } finally {
    closeSync(log);
  }
}
