import { ReparamError } from '../../errors.js';
import { adaptive } from './adaptive.js';
import { branchKinds } from './branch-kinds.js';
import { changingScaling } from './changing.js';
import { clipping } from './clipping.js';
import { forward } from './forward.js';
import { gradientDescent } from './gradient-descent.js';
import { limits } from './limits.js';
import { preconditioner } from './preconditioner.js';
import type { Context } from './side.js';
import { isAsExpected, type Theorem } from './theorem.js';

export { engine } from './trainer.js';
export type { Context, Theorem };

const isExact = ({ expected }: Theorem): boolean => expected.kind === 'exact';

/** All theorems by their number, then the controls. */
export const theorems: readonly Theorem[] = [
  ...gradientDescent,
  ...adaptive,
  ...clipping,
  ...branchKinds,
  ...preconditioner,
  ...changingScaling,
  ...forward,
  ...limits,
].sort(
  (a, b) =>
    Number(isExact(b)) - Number(isExact(a)) || a.id.localeCompare(b.id, 'en', { numeric: true }),
);

/**
 * Theorems by their ids; `T4` stands for all of `T4a`, `T4b` and so on.
 * @throws ReparamError for an id that there is not.
 */
export function findTheorems(ids: readonly string[]): readonly Theorem[] {
  const matches = (id: string, theorem: Theorem): boolean =>
    theorem.id.toLowerCase() === id.toLowerCase() ||
    theorem.id.replace(/[a-z]$/, '').toLowerCase() === id.toLowerCase();
  for (const id of ids) {
    if (theorems.some((theorem) => matches(id, theorem))) continue;
    throw new ReparamError('usage', `there is no theorem '${id}'`, {
      hint: `there are ${theorems.map((theorem) => theorem.id).join(', ')}`,
    });
  }
  return theorems.filter((theorem) => ids.some((id) => matches(id, theorem)));
}

/** What float32 leaves of an equality. */
export const float32Limit = 1e-5;

/** What came out of an experiment. */
export interface TheoremResult {
  readonly theorem: Theorem;
  /** Relative error. */
  readonly error: number;
  readonly asExpected: boolean;
}

/** Carries out one experiment after the other. @param limit largest error of what is exact */
export async function* proveTheorems(
  chosen: readonly Theorem[],
  context: Context,
  limit = float32Limit,
): AsyncGenerator<TheoremResult> {
  for (const theorem of chosen) {
    const error = await theorem.measure(context);
    yield { theorem, error, asExpected: isAsExpected(theorem, error, limit) };
  }
}
