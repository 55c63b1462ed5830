import { uniform } from '../../../src/tensor/index.js';

/** Lists of numbers that decide how a graph is built: one for its input, one a step. */
export type Decisions = readonly (readonly number[])[];

export interface SearchOptions {
  readonly seed: number;
  readonly runs: number;
  /** Most lists after the first; half of them at least. */
  readonly steps: number;
  /** Numbers a list. */
  readonly length: number;
}

/**
 * Calls `property` with random decisions. At the first failure it looks for fewer and plainer decisions that still
 * fail, and throws the error of the plainest.
 */
export async function search(
  { seed, runs, steps, length }: SearchOptions,
  property: (decisions: Decisions) => Promise<void>,
): Promise<void> {
  for (let run = 0; run < runs; run++) {
    const random = uniform(seed + run);
    const lists = 1 + Math.ceil((steps / 2) * (1 + random()));
    const decisions = Array.from({ length: lists }, () =>
      Array.from({ length }, () => Math.floor(random() * 5040)),
    );
    const error = await failure(property, decisions);
    if (error === null) continue;
    const plainest = await shrink(decisions, property, error);
    throw new Error(`run ${run} of seed ${seed}: ${(plainest.error as Error).message}`, {
      cause: plainest.error,
    });
  }
}

interface Failing {
  readonly decisions: Decisions;
  readonly error: unknown;
}

async function failure(
  property: (decisions: Decisions) => Promise<void>,
  decisions: Decisions,
): Promise<unknown> {
  try {
    await property(decisions);
    return null;
  } catch (error) {
    return error ?? new Error('nothing was thrown');
  }
}

/** Leaves out whole steps, then sets ever shorter stretches to zero, the plainest decision. */
async function shrink(
  decisions: Decisions,
  property: (decisions: Decisions) => Promise<void>,
  error: unknown,
): Promise<Failing> {
  let best: Failing = { decisions, error };
  const accept = async (candidate: Decisions): Promise<boolean> => {
    const again = await failure(property, candidate);
    if (again !== null) best = { decisions: candidate, error: again };
    return again !== null;
  };
  for (let i = decisions.length - 1; i > 0; i--) await accept(best.decisions.toSpliced(i, 1));
  for (const i of best.decisions.keys()) await plain(best.decisions, i, accept);
  return best;
}

async function plain(
  from: Decisions,
  index: number,
  accept: (candidate: Decisions) => Promise<boolean>,
): Promise<void> {
  let decisions = from;
  const { length } = decisions[index] as readonly number[];
  for (let width = length; width >= 1; width = Math.floor(width / 2)) {
    for (let start = 0; start < length; start += width) {
      const list = decisions[index] as readonly number[];
      const simpler = list.map((n, i) => (i >= start && i < start + width ? 0 : n));
      if (String(simpler) === String(list)) continue;
      const candidate = decisions.with(index, simpler);
      if (await accept(candidate)) decisions = candidate;
    }
  }
}
