import { formatBytes, formatCount } from '../../report/format.js';
import type { TaskState } from '../results.js';
import type { PairedDifference } from '../statistics.js';
import type { MethodRow, StudyGroup } from '../table.js';
import {
  costText,
  missing,
  probability,
  signedPoints,
  spreadText,
  stepText,
  timeText,
} from './format.js';

/** A column of the table, the same wherever it is shown. */
export interface MethodColumn {
  readonly heading: string;
  readonly cell: (row: MethodRow) => string;
  /** Whether a row has anything to show; a column that has nothing at all is left out. */
  readonly has?: (row: MethodRow) => boolean;
}

/** How many runs are in states other than finished: `1 failed, 2 waiting`. */
export const othersText = (counts: Readonly<Record<TaskState, number>>): string =>
  (['failed', 'stopped', 'running', 'waiting'] as const)
    .filter((state) => counts[state] > 0)
    .map((state) => `${counts[state]} ${state}`)
    .join(', ');

function runsText({ counts, planned }: MethodRow): string {
  const others = othersText(counts);
  return `${counts.finished} of ${planned}${others === '' ? '' : ` (${others})`}`;
}

/** `+0.42 (−1.10 to +1.94)`; says how many pairs there were where some are missing. */
function differenceText(difference: PairedDifference | null, planned: number): string {
  if (difference === null) return '–';
  const { mean, interval, pairs } = difference;
  if (mean === null || pairs < 2) return missing;
  const [low, high] = interval ?? [null, null];
  const within =
    low === null ? 'the same for all seeds' : `${signedPoints(low)} to ${signedPoints(high)}`;
  const some = pairs < planned ? `, ${pairs} pairs` : '';
  return `${signedPoints(mean)} (${within}${some})`;
}

function significance({ difference }: MethodRow): string {
  if (difference === null) return '–';
  return difference.p === null ? missing : probability(difference.p);
}

const columns: readonly MethodColumn[] = [
  { heading: 'Finished', cell: runsText },
  { heading: 'Best', cell: ({ best }) => spreadText(best) },
  { heading: 'Last', cell: ({ last }) => spreadText(last) },
  {
    heading: 'Difference of last, points',
    cell: ({ difference, planned }) => differenceText(difference, planned),
  },
  { heading: 'p', cell: significance },
  { heading: 'Step time', cell: ({ stepSeconds }) => costText(stepSeconds, stepText) },
  { heading: 'Peak memory', cell: ({ peakMemory }) => costText(peakMemory, formatBytes) },
  { heading: 'Training cost', cell: ({ seconds }) => costText(seconds, timeText) },
  {
    heading: 'Parameters',
    cell: ({ parameters }) => (parameters === null ? missing : formatCount(parameters)),
    has: ({ parameters }) => parameters !== null,
  },
];

/** The columns beside the method's name. */
export const columnsOf = ({ rows }: StudyGroup): MethodColumn[] =>
  columns.filter(({ has }) => has === undefined || rows.some(has));

/** What the columns mean. */
export const explanation = (baseline: string): string =>
  `Accuracy is that of the validation images, best of all epochs and after the last, as mean ± standard deviation of the runs that finished. The difference is that of the last accuracy to ${baseline} over the seeds that both finished, with its 95 % interval and the p of a paired t-test. Step time and peak memory are medians of the runs, training cost is the mean time of a run; in brackets, how many times that of ${baseline}. Parameters are those that training begins with.`;
