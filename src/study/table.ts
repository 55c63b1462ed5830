import { median } from '../train/loop/meter.js';
import type { TaskResult, TaskState } from './results.js';
import { type PairedDifference, pairedDifference, type Spread, spreadOf } from './statistics.js';
import type { Study } from './study.js';

/** A cost, and how many times the baseline's it is; null where that one is not known. */
export interface Cost {
  readonly value: number;
  readonly ratio: number | null;
}

/** A method of a group. Figures are of the runs that have finished. */
export interface MethodRow {
  readonly method: string;
  readonly planned: number;
  readonly counts: Readonly<Record<TaskState, number>>;
  /** Of the validation images, 0 to 1: of all epochs, and after the last. */
  readonly best: Spread | null;
  readonly last: Spread | null;
  /** Of the last accuracy to the baseline's, over the seeds that both have finished; null for the baseline itself. */
  readonly difference: PairedDifference | null;
  /** Of a step, median of the runs. */
  readonly stepSeconds: Cost | null;
  /** Bytes, median of the runs. */
  readonly peakMemory: Cost | null;
  /** Seconds of a whole run, mean of the runs: the cost of training. */
  readonly seconds: Cost | null;
  /** Trained ones at the beginning. */
  readonly parameters: number | null;
}

/** What is compared with each other: one model on one data set. */
export interface StudyGroup {
  readonly model: string;
  readonly data: string;
  readonly rows: readonly MethodRow[];
}

/** All that a study has found. */
export interface StudyTable {
  readonly name: string;
  readonly baseline: string;
  readonly groups: readonly StudyGroup[];
  readonly runs: readonly TaskResult[];
}

const known = (values: readonly (number | null)[]): number[] =>
  values.filter((value) => value !== null);

const states: readonly TaskState[] = ['finished', 'failed', 'stopped', 'running', 'waiting'];

/** How many runs are in which state. */
export const countStates = (runs: readonly TaskResult[]): Record<TaskState, number> =>
  Object.fromEntries(
    states.map((state) => [state, runs.filter((run) => run.state === state).length]),
  ) as Record<TaskState, number>;

const finishedOf = (runs: readonly TaskResult[]): TaskResult[] =>
  runs.filter(({ state }) => state === 'finished');

const accuraciesOf = (runs: readonly TaskResult[]): Map<number, number> =>
  new Map(
    runs.flatMap(({ seed, lastAccuracy }) => (lastAccuracy === null ? [] : [[seed, lastAccuracy]])),
  );

function differenceOf(runs: readonly TaskResult[], baseline: readonly TaskResult[]) {
  const first = accuraciesOf(baseline);
  const pairs = [...accuraciesOf(runs)].flatMap(([seed, accuracy]) => {
    const before = first.get(seed);
    return before === undefined ? [] : [[before, accuracy] as const];
  });
  return pairedDifference(pairs);
}

function costOf(value: number | null, baseline: number | null): Cost | null {
  if (value === null) return null;
  return { value, ratio: baseline !== null && baseline > 0 ? value / baseline : null };
}

/** Figures of finished runs that are compared as ratios. */
const costs = {
  stepSeconds: (runs: readonly TaskResult[]) => median(known(runs.map((run) => run.stepSeconds))),
  peakMemory: (runs: readonly TaskResult[]) => median(known(runs.map((run) => run.peakMemory))),
  seconds: (runs: readonly TaskResult[]) => spreadOf(runs.map((run) => run.seconds))?.mean ?? null,
};

function rowOf(
  method: string,
  runs: readonly TaskResult[],
  baseline: readonly TaskResult[] | null,
) {
  const finished = finishedOf(runs);
  const cost = (kind: keyof typeof costs): Cost | null =>
    costOf(costs[kind](finished), costs[kind](baseline ?? finished));
  return {
    method,
    planned: runs.length,
    counts: countStates(runs),
    best: spreadOf(known(finished.map(({ bestAccuracy }) => bestAccuracy))),
    last: spreadOf(known(finished.map(({ lastAccuracy }) => lastAccuracy))),
    difference: baseline && differenceOf(finished, baseline),
    stepSeconds: cost('stepSeconds'),
    peakMemory: cost('peakMemory'),
    seconds: cost('seconds'),
    parameters: known(runs.map(({ parameters }) => parameters))[0] ?? null,
  };
}

/** The runs of a group. */
export const runsOf = (table: StudyTable, { model, data }: StudyGroup): TaskResult[] =>
  table.runs.filter((run) => run.model === model && run.data === data);

/** The table of a study: a group for each data set and model, a row for each method, in the study's order. */
export function studyTable(study: Study, runs: readonly TaskResult[]): StudyTable {
  const group = (data: string, model: string): StudyGroup => {
    const own = runs.filter((run) => run.model === model && run.data === data);
    const by = (method: string): TaskResult[] => own.filter((run) => run.method === method);
    const baseline = finishedOf(by(study.baseline));
    const rows = study.methods.map(({ name }) =>
      rowOf(name, by(name), name === study.baseline ? null : baseline),
    );
    return { model, data, rows: rows.filter(({ planned }) => planned > 0) };
  };
  const groups = study.data.flatMap((data) =>
    study.models.map((model) => group(data.name, model.name)),
  );
  const planned = groups.filter(({ rows }) => rows.length > 0);
  return { name: study.name, baseline: study.baseline, groups: planned, runs };
}
