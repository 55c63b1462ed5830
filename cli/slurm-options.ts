import type { Command } from 'commander';
import type { SlurmOptions } from '../src/study/engines/index.js';
import { collect, parseCount, parsePositive } from './arguments.js';

/** What a run asks of a Slurm cluster. */
export interface SlurmFlags {
  readonly partition?: string;
  readonly account?: string;
  readonly time?: string;
  readonly gpus?: number;
  readonly cpus?: number;
  readonly memory?: string;
  readonly maxParallel?: number;
  readonly sbatchOption?: readonly string[];
}

export function addSlurmOptions(command: Command): void {
  command
    .option('--partition <name>', 'partition (slurm)')
    .option('--account <name>', 'account (slurm)')
    .option('--time <limit>', 'longest time of a run: 12:00:00 (slurm)')
    .option('--gpus <count>', 'GPUs of a run (slurm)', parseCount)
    .option('--cpus <count>', 'cores of a run, and its threads (slurm)', parsePositive)
    .option('--memory <size>', 'memory of a run: 16G (slurm)')
    .option('--max-parallel <count>', 'runs at the same time (slurm)', parsePositive)
    .option('--sbatch-option <text>', 'another option of sbatch; repeatable (slurm)', collect);
}

export function slurmOptions(flags: SlurmFlags): SlurmOptions {
  const { partition, account, time, gpus, cpus, memory, maxParallel, sbatchOption } = flags;
  const said = Object.entries({
    ...{ partition, account, time, gpus, cpus, memory, maxParallel },
    sbatchOptions: sbatchOption,
  });
  return Object.fromEntries(said.filter(([, value]) => value !== undefined));
}
