import type { AffineMap } from '../src/linear/index.js';
import type { MergePlan, NearMiss, Region } from '../src/merge/index.js';

type Part = AffineMap['part'];

export interface CostSummary {
  /** Multiply-accumulates, and one operation an element for what only passes over its input. */
  readonly operations: number;
  readonly bytes: number;
  readonly nodes: number;
}

export interface BranchSummary {
  readonly kind: Part['kind'];
  readonly label: string;
  readonly children: readonly BranchSummary[];
}

export interface RegionSummary {
  readonly id: string;
  /** Values that the merged operators read, mostly one. */
  readonly sources: readonly string[];
  readonly output: string;
  readonly before: CostSummary;
  readonly after: CostSummary;
  /** From the join down to the source. */
  readonly branches: BranchSummary;
}

export interface NearMissSummary {
  readonly node: string;
  readonly reason: string;
  /** The node that stands in the way, where it is another one. */
  readonly at: string | null;
}

export interface PlanSummary {
  readonly regions: readonly RegionSummary[];
  readonly nearMisses: readonly NearMissSummary[];
}

const branches = ({ kind, label, children }: Part): BranchSummary => ({
  kind,
  label,
  children: children.map(({ part }) => branches(part)),
});

/** Terms of several sources hang below one more sum. */
function allBranches({ terms, output }: Region): BranchSummary {
  const children = terms.map(
    ({ source, map }): BranchSummary =>
      map === null ? { kind: 'source', label: source.name, children: [] } : branches(map.part),
  );
  const [only] = children;
  return only && children.length === 1 ? only : { kind: 'sum', label: output.name, children };
}

function describeRegion(region: Region): RegionSummary {
  const { id, terms, output, before, after } = region;
  return {
    id,
    sources: terms.map(({ source }) => source.name),
    output: output.name,
    before: { ...before },
    after: { ...after },
    branches: allBranches(region),
  };
}

export const describeNearMiss = ({ node, refusal }: NearMiss): NearMissSummary => ({
  node: node.label,
  reason: refusal.reason,
  at: refusal.at ?? null,
});

/** A plan as plain data. */
export const describePlan = ({ regions, nearMisses }: MergePlan): PlanSummary => ({
  regions: regions.map(describeRegion),
  nearMisses: nearMisses.map(describeNearMiss),
});
