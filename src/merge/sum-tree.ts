import type { Node, Value } from '../ir/index.js';
import { type AffineMap, sumMaps } from '../linear/index.js';
import type { Candidate } from './candidates.js';
import {
  addCosts,
  type Cost,
  compareSavings,
  type Objective,
  subtractCosts,
  zeroCost,
} from './cost.js';
import type { Term } from './plan.js';

/** A summand of a tree of additions. */
interface Leaf {
  readonly value: Value;
  readonly factor: 1 | -1;
}

/** Larger sums are left alone: grouping looks at every pair. */
const maxLeaves = 24;

/**
 * The summands of the largest tree of Add, Sub and Sum that ends at `root`; inner sums are read by the tree alone.
 * @param isInner true for the additions that the tree may take apart
 * @returns null when there are fewer than three: two cannot be grouped anew.
 */
export function sumLeaves(root: Value, isInner: (node: Node) => boolean): readonly Leaf[] | null {
  const isSum = (value: Value): boolean => value.producer !== null && isInner(value.producer);
  if (!isSum(root) || (isReadOnce(root) && [...root.users].every(isInner))) return null;
  const leaves: Leaf[] = [];
  const stack: Leaf[] = [{ value: root, factor: 1 }];
  for (let top = stack.pop(); top; top = stack.pop()) {
    const { value, factor } = top;
    const inner = value === root || (isSum(value) && isReadOnce(value));
    if (!inner) {
      leaves.push(top);
      if (leaves.length > maxLeaves) return null;
      continue;
    }
    const node = value.producer as Node;
    for (const [i, input] of [...node.inputs.entries()].reverse()) {
      if (!input) return null;
      const sign = node.is('Sub') && i === 1 ? -factor : factor;
      stack.push({ value: input, factor: sign === 1 ? 1 : -1 });
    }
  }
  return leaves.length < 3 ? null : leaves;
}

const isReadOnce = (value: Value): boolean => {
  const [user] = value.users;
  const reads = user?.inputs.filter((input) => input === value).length;
  return value.users.size === 1 && value.outputOf.size === 0 && reads === 1;
};

interface Grouping {
  /** Maps from each source of a leaf, the leaf itself included. */
  candidates(leaf: Value): readonly Candidate[];
  /** What computing leaves from one source by one map saves. */
  saving(leaves: readonly Value[], source: Value, map: AffineMap): Cost;
  /** What the best plan for a leaf of its own saves. */
  ownSaving(leaf: Value): Cost;
  readonly objective: Objective;
}

interface Group {
  readonly leaves: readonly Leaf[];
  /** The ways to compute the group's sum from one source; empty for a lone leaf that stays as it is. */
  readonly maps: readonly Candidate[];
  readonly saving: Cost;
  readonly chosen: Candidate | null;
}

/**
 * Splits summands into groups that one map each computes, joining the pair that saves most until none saves anything.
 * @returns null when no two summands belong together, or all do: then the whole sum is an ordinary region.
 */
export function groupLeaves(leaves: readonly Leaf[], grouping: Grouping): readonly Term[] | null {
  let groups: Group[] = leaves.map((leaf) => ({
    leaves: [leaf],
    maps: signed(leaf, grouping.candidates(leaf.value)),
    saving: grouping.ownSaving(leaf.value),
    chosen: null,
  }));
  for (;;) {
    const pair = bestPair(groups, grouping);
    if (pair === null) break;
    groups = [
      ...groups.filter((group) => group !== pair.first && group !== pair.second),
      pair.joined,
    ];
  }
  if (groups.length === leaves.length || groups.length === 1) return null;
  const crossing = groups.find((group) => crossesAnother(group, groups));
  if (crossing) return groupLeaves(leaves, without(grouping, crossing));
  // What is added as it is comes first: a subtracted one cannot start the sum.
  const terms = groups.map(
    ({ chosen, leaves: [leaf] }): Term =>
      chosen
        ? { ...chosen, factor: 1 }
        : { source: (leaf as Leaf).value, map: null, factor: (leaf as Leaf).factor },
  );
  return terms.sort((a, b) => b.factor - a.factor);
}

const sourceOf = ({ chosen, leaves: [leaf] }: Group): Value =>
  chosen ? chosen.source : (leaf as Leaf).value;

/**
 * True when the way from a group's leaves to its source leads through the source of another group: probing takes the
 * two to be independent.
 */
function crossesAnother(group: Group, groups: readonly Group[]): boolean {
  if (!group.chosen) return false;
  const source = group.chosen.source;
  const others = new Set(groups.map(sourceOf).filter((other) => other !== source));
  const seen = new Set<Value>([source]);
  const stack = group.leaves.map((leaf) => leaf.value);
  for (let value = stack.pop(); value; value = stack.pop()) {
    if (seen.has(value)) continue;
    if (others.has(value)) return true;
    seen.add(value);
    stack.push(...(value.producer?.operands ?? []));
  }
  return false;
}

/** The same without the way from the leaves of `group` to its source. */
function without(grouping: Grouping, { leaves, chosen }: Group): Grouping {
  const own = new Set(leaves.map((leaf) => leaf.value));
  const candidates = (leaf: Value): readonly Candidate[] =>
    grouping.candidates(leaf).filter(({ source }) => !own.has(leaf) || source !== chosen?.source);
  return { ...grouping, candidates };
}

function signed({ factor }: Leaf, candidates: readonly Candidate[]): readonly Candidate[] {
  if (factor === 1) return candidates;
  return candidates.flatMap(({ source, map }) => {
    const negated = sumMaps([{ map, factor: -1 }], map.part.label);
    return negated.ok ? [{ source, map: negated.value }] : [];
  });
}

interface Pair {
  readonly first: Group;
  readonly second: Group;
  readonly joined: Group;
}

function bestPair(groups: readonly Group[], grouping: Grouping): Pair | null {
  let best: Pair | null = null;
  let bestGain = zeroCost;
  for (const [i, first] of groups.entries()) {
    for (const second of groups.slice(i + 1)) {
      const joined = join(first, second, grouping);
      if (joined === null) continue;
      const gain = subtractCosts(joined.saving, addCosts(first.saving, second.saving));
      if (gain.operations < 0 && grouping.objective === 'macs') continue;
      if (compareSavings(gain, bestGain, grouping.objective) <= 0) continue;
      bestGain = gain;
      best = { first, second, joined };
    }
  }
  return best;
}

const isAlike = (a: AffineMap, b: AffineMap): boolean =>
  a.layout === b.layout && a.inputs === b.inputs;

function join(first: Group, second: Group, grouping: Grouping): Group | null {
  const leaves = [...first.leaves, ...second.leaves];
  const maps: Candidate[] = [];
  let chosen: Candidate | null = null;
  let saving = zeroCost;
  for (const a of first.maps) {
    const b = second.maps.find(
      (candidate) => candidate.source === a.source && isAlike(candidate.map, a.map),
    );
    if (!b) continue;
    const sum = sumMaps(
      [
        { map: a.map, factor: 1 },
        { map: b.map, factor: 1 },
      ],
      a.map.part.label,
    );
    if (!sum.ok) continue;
    const candidate = { source: a.source, map: sum.value };
    const here = grouping.saving(
      leaves.map((leaf) => leaf.value),
      a.source,
      sum.value,
    );
    const saved = addCosts(here, grouping.ownSaving(a.source));
    maps.push(candidate);
    if (chosen === null || compareSavings(saved, saving, grouping.objective) > 0) {
      chosen = candidate;
      saving = saved;
    }
  }
  return chosen && { leaves, maps, saving, chosen };
}
