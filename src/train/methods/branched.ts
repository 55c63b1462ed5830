import { type BranchType, expand } from '../../branches/index.js';
import { inputError } from '../../errors.js';
import type { Recipe } from '../recipe/index.js';
import type { Prepared, TrainingMethod } from './method.js';

/** Training with real branches, which are merged on export. */
export const branched = (block: BranchType): TrainingMethod => ({
  name: block.name,
  source: block.source,
  description: `branches: ${block.description}`,
  prepare: (model, recipe) => withBranches(block, model, recipe),
});

export function withBranches(
  block: BranchType,
  source: Prepared['model'],
  { only, skip, seed, keepFunction }: Recipe,
): Prepared {
  const mode = keepFunction ? 'keep' : 'fresh';
  const { model, expanded, skipped } = expand(source, { block, only, skip, mode, seed });
  if (expanded.length === 0) {
    const [first] = skipped;
    throw inputError(`'${block.name}' fits no layer of the model`, {
      hint: first ? `${first.node}: ${first.reason}` : 'train it with --method baseline',
    });
  }
  return { model, scalings: null, schedule: 'none', notes: [counts(block, expanded, skipped)] };
}

function counts(
  { name }: BranchType,
  expanded: readonly unknown[],
  skipped: readonly { readonly reason: string }[],
): string {
  const reasons = new Map<string, number>();
  for (const { reason } of skipped) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  const left = [...reasons].map(([reason, count]) => `${count} stay: ${reason}`);
  return [`${expanded.length} layers are blocks of type ${name}`, ...left].join('; ');
}
