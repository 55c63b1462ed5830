import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { inputError } from '../../errors.js';
import { readError } from '../../file-errors.js';
import { writeTextAtomic } from '../files.js';
import { jsonText } from '../json.js';
import { runFiles } from './layout.js';
import { isAlive } from './processes.js';

const states = ['running', 'finished', 'stopped', 'failed'] as const;

/** `stopped`: by the user or by being killed, to be gone on with; `failed`: by an error. */
export type RunState = (typeof states)[number];

export interface RunStatus {
  readonly state: RunState;
  /** What it failed with. */
  readonly problem: string | null;
  /** When it was first started, in milliseconds since 1970. */
  readonly startedAt: number;
  /** The machine that trained it last. */
  readonly host: string;
}

interface Stored extends RunStatus {
  readonly pid: number;
}

function isStored(value: unknown): value is Stored {
  const { state, problem, startedAt, host, pid } = (value ?? {}) as Partial<Stored>;
  return (
    states.some((known) => known === state) &&
    (problem === null || typeof problem === 'string') &&
    Number.isFinite(startedAt) &&
    typeof host === 'string' &&
    Number.isSafeInteger(pid)
  );
}

async function stored(runDir: string): Promise<Stored | null> {
  const path = runFiles(runDir).status;
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw readError(path, cause);
  }
  try {
    const value: unknown = JSON.parse(text);
    if (isStored(value)) return value;
  } catch {
    // Said below.
  }
  throw inputError(`${path} is damaged`, { at: path });
}

/**
 * Notes the state of the run that this process trains.
 * @param problem what it failed with.
 * @throws ReparamError when it cannot be written.
 */
export async function markRun(
  runDir: string,
  state: RunState,
  problem: string | null = null,
): Promise<void> {
  const before = await stored(runDir).catch(() => null);
  const startedAt = before?.startedAt ?? Date.now();
  const status = { state, problem, startedAt, host: hostname(), pid: process.pid };
  await writeTextAtomic(runFiles(runDir).status, `${jsonText(status)}\n`);
}

/**
 * The state of a run, null for a folder that is none. One whose process was killed is stopped; of other machines'
 * processes that is not known.
 * @throws ReparamError when it cannot be read.
 */
export async function readStatus(runDir: string): Promise<RunStatus | null> {
  const found = await stored(runDir);
  if (found === null) return null;
  const { state, problem, startedAt, host, pid } = found;
  const killed = state === 'running' && host === hostname() && !isAlive(pid);
  return { state: killed ? 'stopped' : state, problem, startedAt, host };
}
