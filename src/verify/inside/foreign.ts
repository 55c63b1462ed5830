import type { Value } from '../../ir/index.js';
import type { ValuePair } from './match-values.js';
import type { ValueError } from './report.js';

/** A difference of this share of the largest element is no rounding and no small fault. */
export const grossError = 0.01;

/** What follows from two values that do stand for each other shrinks their difference by less. */
const shrinking = 1 / 30;

/** Matched values that are computed from `value` with no other matched value between. */
function followers(value: Value, pairs: ReadonlyMap<Value, ValuePair>): ValuePair[] {
  const found = new Set<ValuePair>();
  const seen = new Set<Value>();
  const pending = [value];
  for (let at = pending.pop(); at; at = pending.pop()) {
    for (const result of [...at.users].flatMap((node) => node.results)) {
      if (seen.has(result)) continue;
      seen.add(result);
      const pair = pairs.get(result);
      if (pair) found.add(pair);
      else pending.push(result);
    }
  }
  return [...found];
}

/**
 * Pairs of values that were matched but stand for different things inside the models, such as a branch and the
 * convolution that it was merged into: they differ grossly, and yet nothing that follows from them does.
 * @param pairs in the order in which the first model computes them
 */
export function foreignPairs(
  pairs: readonly ValuePair[],
  errors: ReadonlyMap<ValuePair, ValueError>,
): Set<ValuePair> {
  const byValue = new Map(pairs.map((pair) => [pair.a, pair]));
  const relative = (pair: ValuePair): number => errors.get(pair)?.maxRelative ?? 0;
  const foreign = new Set<ValuePair>();
  for (const pair of pairs.toReversed()) {
    if (pair.matchedBy === 'interface' || !(relative(pair) > grossError)) continue;
    const next = followers(pair.a, byValue);
    const harmless = next.every(
      (other) => foreign.has(other) || relative(other) < shrinking * relative(pair),
    );
    if (next.length > 0 && harmless) foreign.add(pair);
  }
  return foreign;
}
