import type { Node } from '../../../ir/index.js';
import type { Tensor } from '../../../tensor/index.js';
import type { Part } from '../parts.js';
import { similarity } from '../similarity.js';
import type { VaryingGraph } from '../varying.js';

/** Two parts that answer differently to the same inputs. */
export interface Difference {
  readonly partA: Part;
  readonly partB: Part;
  readonly graphA: VaryingGraph;
  readonly graphB: VaryingGraph;
  /** What the first and what the second part computed; null where that shows nothing. */
  readonly answers: { readonly expected: Tensor; readonly actual: Tensor } | null;
  /** Nodes of the same operator that stand for each other. */
  readonly twins: readonly (readonly [a: Node, b: Node])[];
}

/** A likely cause, as sentences; none where it is not this one. */
export type Cause = (difference: Difference) => readonly string[];

/** Pairs nodes of the same operator, the most similar ones first. */
export function twinNodes(a: Part, b: Part): (readonly [Node, Node])[] {
  const free = new Set(b.nodes);
  const twins: (readonly [Node, Node])[] = [];
  for (const node of a.nodes) {
    let best: Node | null = null;
    let highest = Number.NEGATIVE_INFINITY;
    for (const candidate of free) {
      if (candidate.opType !== node.opType || candidate.domain !== node.domain) continue;
      const score = similarity(node, candidate);
      if (score > highest) {
        highest = score;
        best = candidate;
      }
    }
    if (!best) continue;
    free.delete(best);
    twins.push([node, best]);
  }
  return twins;
}

/** A number with as many digits as tell it from its neighbours. */
export const numberText = (value: number): string => String(Number(value.toPrecision(6)));
