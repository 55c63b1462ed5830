import { plural } from '../../report/format.js';
import { enumeration } from '../../report/names.js';
import type { TaskResult } from '../results.js';
import { student95 } from '../statistics.js';
import { countStates, type MethodRow, type StudyGroup, type StudyTable } from '../table.js';
import { othersText } from './columns.js';
import { points } from './format.js';

/** The p below which a difference counts. */
const level = 0.05;

/** Seeds that are too few for what methods usually differ by. */
const few = 5;

interface Tested {
  readonly method: string;
  readonly pairs: number;
  readonly p: number;
  readonly interval: readonly [number, number];
}

function testedIn(rows: readonly MethodRow[]): Tested[] {
  return rows.flatMap(({ method, difference }) => {
    const { pairs = 0, p = null, interval = null } = difference ?? {};
    return p === null || interval === null ? [] : [{ method, pairs, p, interval }];
  });
}

function noiseSentence(tested: readonly Tested[], pairs: number, baseline: string): string {
  if (tested.length === 0) {
    return pairs > 1
      ? `No method differs from ${baseline} by more in one seed than in another: that leaves nothing to test.`
      : `Nothing is known about the differences to ${baseline}: to test one takes two seeds that both methods have finished.`;
  }
  const found = tested.filter(({ p }) => p < level).map(({ method }) => method);
  if (found.length === 0) {
    return `All differences to ${baseline} are inside the noise (no p < ${level}): these runs do not tell the methods apart.`;
  }
  const chance =
    tested.length === 1
      ? ''
      : `; of ${tested.length} tests, each has a chance of one in twenty to say so where nothing differs`;
  return `Outside the noise (p < ${level}): ${enumeration(found)}${chance}.`;
}

/** How large a difference must be to be seen at all: half an interval. */
function powerSentence(tested: readonly Tested[]): string[] {
  if (tested.length === 0) return [];
  const pairs = Math.max(...tested.map((one) => one.pairs));
  const factor = student95(pairs - 1) / Math.sqrt(pairs);
  const reaches = tested.map(({ interval: [low, high] }) => (high - low) / 2);
  const [least, most] = [points(Math.min(...reaches)), points(Math.max(...reaches))];
  const here = least === most ? least : `${least} to ${most}`;
  const many = pairs <= few ? `${plural(pairs, 'seed')} can show little` : plural(pairs, 'seed');
  return [
    `${many}: a difference counts only from ${factor.toFixed(1)} times its standard deviation between seeds on, here from ${here} points on; smaller ones may well be there.`,
  ];
}

/** What a group's table says about differences. */
export function conclusions({ rows }: StudyGroup, baseline: string): string[] {
  if (rows.every(({ difference }) => difference === null)) return [];
  const tested = testedIn(rows);
  const pairs = Math.max(...rows.map(({ difference }) => difference?.pairs ?? 0));
  return [noiseSentence(tested, pairs, baseline), ...powerSentence(tested)];
}

/** `11 of 12 runs finished, 1 failed`. */
export function summary({ runs }: StudyTable): string {
  const counts = countStates(runs);
  const others = othersText(counts);
  const all = `${counts.finished} of ${plural(runs.length, 'run')} finished`;
  return others === '' ? all : `${all}, ${others}`;
}

/** Runs that did not finish, and why: `small-sgs-seed1 failed: …`. */
export const unfinished = (runs: readonly TaskResult[]): { task: string; text: string }[] =>
  runs
    .filter(({ state }) => state !== 'finished')
    .map(({ task, state, problem }) => ({
      task,
      text: problem === null ? state : `${state}: ${problem}`,
    }));

export const groupTitle = ({ model, data }: StudyGroup): string => `${model} on ${data}`;
