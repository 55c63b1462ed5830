import type { GrownBranch, GrownLayer } from '../../../branches/index.js';

/** Branches that count alike are not told apart: this is the least standard deviation, as in the authors' code. */
const leastSpread = 0.02;

export interface DeadBranch extends GrownBranch {
  /** Its scale, relative to that of the main branch. */
  readonly share: number;
}

/**
 * The branches of a layer that count for less than a threshold, and for less than the mean of those which were grown with
 * them.
 */
export function deadBranches({ scale, branches }: GrownLayer, threshold: number): DeadBranch[] {
  const sets = [...new Set(branches.map(({ set }) => set))];
  return sets.flatMap((set) => {
    const shares = branches
      .filter((branch) => branch.set === set)
      .map((branch) => ({ ...branch, share: branch.scale / scale }));
    const mean = shares.reduce((sum, { share }) => sum + share, 0) / shares.length;
    const squares = shares.reduce((sum, { share }) => sum + (share - mean) ** 2, 0);
    // Of a single branch this is no number, and nothing is removed.
    const spread = Math.sqrt(squares / (shares.length - 1));
    return spread > leastSpread
      ? shares.filter(({ share }) => share < mean && share < threshold)
      : [];
  });
}
