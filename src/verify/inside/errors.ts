import type { Comparison } from '../compare/compare.js';
import type { PartAnswer } from './probe-parts.js';
import type { ValueError } from './report.js';

export const toError = (comparison: Comparison): ValueError => ({
  maxAbsolute: comparison.maxAbsolute,
  maxRelative: comparison.maxRelative,
  toleranceUsed: comparison.toleranceUsed ?? (comparison.mismatches > 0 ? Number.MAX_VALUE : 0),
});

/** Of tensors of different types or shapes. */
export const incomparable: ValueError = {
  maxAbsolute: Number.MAX_VALUE,
  maxRelative: Number.MAX_VALUE,
  toleranceUsed: Number.MAX_VALUE,
};

export const errorOf = ({ comparison }: PartAnswer): ValueError =>
  comparison ? toError(comparison) : incomparable;

/** The answer that shows the largest difference, null for none. */
export function worstAnswer(answers: readonly PartAnswer[]): PartAnswer | null {
  const [worst] = answers.toSorted((x, y) => errorOf(y).toleranceUsed - errorOf(x).toleranceUsed);
  return worst ?? null;
}
