import { type RunReport, toleranceUsed, worstOf } from './report.js';

/** A folder of images would fill the report: of so many given inputs those are kept that show the most. */
const mostGiven = 16;

const worstUse = ({ outputs }: RunReport): number => Math.max(0, ...outputs.map(toleranceUsed));

/** All seeded runs, and of the given ones those that differ most and the worst of every output. */
export function selectRuns(runs: readonly RunReport[]): RunReport[] {
  const given = runs.filter(({ kind }) => kind === 'given');
  if (given.length <= mostGiven) return [...runs];
  const kept = new Set([
    ...worstOf(given).map(({ run }) => run),
    ...given.toSorted((x, y) => worstUse(y) - worstUse(x)).slice(0, mostGiven),
  ]);
  return runs.filter((run) => run.kind !== 'given' || kept.has(run));
}
