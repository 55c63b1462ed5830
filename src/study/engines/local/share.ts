import { availableParallelism } from 'node:os';

/** How this machine is shared among runs. */
export interface Shares {
  /** Runs at the same time. */
  readonly jobs?: number;
  /** Threads of each. */
  readonly threads?: number;
}

/** What is left open follows from the cores; with nothing said, one run after the other gets all of them. */
export function share(
  { jobs, threads }: Shares,
  cores: number = availableParallelism(),
): Required<Shares> {
  if (jobs === undefined) {
    return { jobs: Math.max(1, Math.floor(cores / (threads ?? cores))), threads: threads ?? cores };
  }
  return { jobs, threads: threads ?? Math.max(1, Math.floor(cores / jobs)) };
}
