import { ReparamError } from '../../../errors.js';
import { directiveWord } from './quote.js';

/** What a task asks of the cluster; what is left out is the cluster's default. */
export interface SlurmOptions {
  readonly partition?: string;
  readonly account?: string;
  /** Longest time of a task as Slurm spells it: `90` minutes, `12:00:00`, `2-00:00:00`. */
  readonly time?: string;
  readonly gpus?: number;
  /** Also the threads that training uses, unless they are given. */
  readonly cpus?: number;
  /** As Slurm spells it: `16G`. */
  readonly memory?: string;
  /** Tasks that run at the same time. */
  readonly maxParallel?: number;
  /** Further options of sbatch, each a line of the script: `--constraint=a100`. */
  readonly sbatchOptions?: readonly string[];
}

/** Seconds before the time limit at which a task is told to save, and the part of the limit that they may be. */
const warning = { seconds: 120, part: 0.25 };

/** The units of the numbers of a time, by how many there are: without days, and with them. */
const clockUnits: readonly (readonly number[])[] = [[60], [60, 1], [3600, 60, 1]];
const dayUnits: readonly (readonly number[])[] = [[3600], [3600, 60], [3600, 60, 1]];

/** Seconds of a time as Slurm spells it, Infinity for none. @throws ReparamError for another spelling. */
export function timeLimit(time: string): number {
  if (/^(infinite|unlimited)$/i.test(time)) return Number.POSITIVE_INFINITY;
  const match = /^(?:(\d+)-)?(\d+(?::\d+){0,2})$/.exec(time);
  const [, days, clock] = match ?? [];
  if (clock === undefined) {
    throw new ReparamError('usage', `'${time}' is no time that Slurm knows`, {
      hint: 'say minutes, hours:minutes:seconds or days-hours:minutes:seconds: 90, 12:00:00, 2-00:00:00',
    });
  }
  const numbers = clock.split(':').map(Number);
  const units = (days === undefined ? clockUnits : dayUnits)[numbers.length - 1] ?? [];
  const seconds = numbers.reduce((sum, number, index) => sum + number * (units[index] ?? 0), 0);
  return Number(days ?? 0) * 86_400 + seconds;
}

function warningSeconds(time: string | undefined): number {
  if (time === undefined) return warning.seconds;
  return Math.min(warning.seconds, Math.floor(timeLimit(time) * warning.part));
}

const reserved = ['--array', '-a', '--job-name', '-J', '--chdir', '-D', '--output', '-o'];

function furtherOption(text: string): string {
  const name = /^(--[\w-]+|-\w)/.exec(text)?.[0];
  if (name === undefined || /[\n\r]/.test(text)) {
    throw new ReparamError('usage', `'${text}' is no option of sbatch`, {
      hint: "give one option a time as sbatch takes it: --sbatch-option '--constraint=a100'",
    });
  }
  if (!reserved.includes(name)) return text;
  throw new ReparamError('usage', `${name} of sbatch is set by the study itself`);
}

/** The options of a task as sbatch takes them, one a line of the script. @throws ReparamError for bad ones. */
export function taskOptions(options: SlurmOptions): string[] {
  const { partition, account, time, gpus, cpus, memory, sbatchOptions = [] } = options;
  const said = {
    partition,
    account,
    time,
    gres: gpus === undefined || gpus === 0 ? undefined : `gpu:${gpus}`,
    'cpus-per-task': cpus,
    mem: memory,
  };
  return [
    '--ntasks=1',
    '--requeue',
    '--open-mode=append',
    `--signal=B:USR1@${warningSeconds(time)}`,
    ...Object.entries(said).flatMap(([name, value]) =>
      value === undefined ? [] : [`--${name}=${directiveWord(String(value))}`],
    ),
    ...sbatchOptions.map(furtherOption),
  ];
}
