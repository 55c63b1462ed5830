import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { SessionOptions } from '../runtime/index.js';
import type { InputSpec } from '../verify/index.js';
import type { PeakMemory } from './report.js';

/** What a process of its own is asked to run. */
export interface AloneTask {
  readonly path: string;
  readonly options: SessionOptions;
  readonly specs: readonly InputSpec[];
  /** Integer inputs hold numbers below it. */
  readonly integerLimit: number;
}

/** What only a process that runs nothing else can tell. Times in seconds. */
export interface AloneRun {
  readonly open: number;
  readonly firstRun: number;
  readonly memory: PeakMemory;
}

/** Longer than the slowest sensible model takes for its few runs, in milliseconds. */
const patience = 120_000;

/**
 * Runs a model in a process of its own, which holds nothing of another model.
 * @returns null where that process fails or takes too long.
 */
export function runAlone(task: AloneTask): Promise<AloneRun | null> {
  const script = fileURLToPath(new URL('./alone-process.js', import.meta.url));
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [script, JSON.stringify(task)], {
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: patience,
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
    });
    child.on('error', () => resolve(null));
    child.on('close', (status) => {
      resolve(status === 0 ? (JSON.parse(text) as AloneRun) : null);
    });
  });
}
