import { ReparamError } from '../../src/errors.js';
import { uniform } from '../../src/tensor/index.js';
import { mutate } from './mutate.js';

/** What is done with each spoiled file: it must succeed, or throw a ReparamError that is no fault of the program. */
export type Stage = (bytes: Uint8Array) => void | Promise<void>;

export interface FuzzOptions {
  readonly seeds: readonly Uint8Array[];
  readonly runs: number;
  /** Number of the first run; run i spoils the same file in the same way at any time. */
  readonly first?: number;
}

export interface FuzzResult {
  readonly accepted: number;
  readonly refused: number;
  /** Anything that a hostile file must not bring about, with the number of the run. */
  readonly failures: readonly string[];
}

const longestSeconds = 2;
const mostBytes = 2 ** 28;

export function spoiledFile(run: number, seeds: readonly Uint8Array[]): Uint8Array {
  // A copy, and no Buffer: whose slices are views, through which one run would spoil the seeds of the next.
  return mutate(Uint8Array.from(seeds[run % seeds.length] as Uint8Array), uniform(run));
}

const memory = (): number => {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

/** Spoils `runs` files and passes each to a stage. */
export async function fuzz(stage: Stage, options: FuzzOptions): Promise<FuzzResult> {
  const { seeds, runs, first = 0 } = options;
  const failures: string[] = [];
  let accepted = 0;
  let refused = 0;
  for (let run = first; run < first + runs; run++) {
    const bytes = spoiledFile(run, seeds);
    const memoryBefore = memory();
    const timeBefore = process.cpuUsage();
    try {
      await stage(bytes);
      accepted++;
    } catch (error) {
      refused++;
      if (!(error instanceof ReparamError) || error.code === 'internal') {
        failures.push(`run ${run}: ${error instanceof Error ? error.stack : String(error)}`);
      }
    }
    const seconds = process.cpuUsage(timeBefore).user / 1e6;
    const growth = memory() - memoryBefore;
    if (seconds > longestSeconds) failures.push(`run ${run}: took ${seconds} s`);
    if (growth > mostBytes) failures.push(`run ${run}: took ${growth} bytes`);
  }
  return { accepted, refused, failures };
}
