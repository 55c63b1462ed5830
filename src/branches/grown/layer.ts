import { accept, refuse, type Verdict } from '../../errors.js';
import type { Graph, Node, Value } from '../../ir/index.js';
import { type ConvSite, hasMiddle, readConvSite } from '../conv-site.js';
import { layerName } from '../names.js';
import { type BranchKind, branchKinds } from './kinds.js';

/** A branch that has been put beside a Conv. */
export interface GrownBranch {
  readonly kind: BranchKind;
  /** Branches that were put there at the same time have the same number. */
  readonly set: number;
  /** Adds its result, the second operand, to what the branches before it gave. */
  readonly sum: Node;
  /** How much it counts: the mean magnitude of the scale of its last batch norm. */
  readonly scale: number;
}

/** A Conv of a plain network, the batch norm that alone reads it, and what has been put beside them. */
export interface GrownLayer {
  /** What the names of its branches begin with. */
  readonly name: string;
  readonly site: ConvSite;
  /** The batch norm, or the Conv itself where there is none. */
  readonly tail: Node;
  /** Mean magnitude of the scale of the batch norm, 1 where there is none. */
  readonly scale: number;
  readonly branches: readonly GrownBranch[];
}

export const setPrefix = (layer: string, set: number): string => `${layer}.dyrep${set}.`;

const meanMagnitude = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, value) => sum + Math.abs(value), 0) / values.length;

/**
 * Reads a layer as it is now: everything about its branches stands in the graph.
 * @param weight name of the Conv's weight, an initializer
 */
export function readLayer(graph: Graph, weight: string): Verdict<GrownLayer> {
  const value = [...graph.initializers].find(({ name }) => name === weight);
  const [node] = value?.users ?? [];
  if (!value || !node?.is('Conv') || node.inputs[1] !== value) {
    return refuse(`no Conv has a weight of its own that is named '${weight}'`);
  }
  const found = readConvSite(node);
  if (!found.ok) return found;
  const site = found.value;
  const shaped = hasMiddle(site);
  if (!shaped.ok) return shaped;
  const shift = site.norm ? site.norm.node.inputs[2] : node.inputs[2];
  if (shift && !(shift.users.size === 1 && graph.initializers.has(shift))) {
    return refuse('its bias is no parameter of its own');
  }
  const name = layerName(node, value);
  return accept({
    name,
    site,
    tail: site.norm?.node ?? node,
    scale: site.norm ? meanMagnitude(site.norm.norm.scale) : 1,
    branches: branchesOf(graph, name),
  });
}

function branchesOf(graph: Graph, layer: string): GrownBranch[] {
  const start = `${layer}.dyrep`;
  return graph.nodes.flatMap((sum) => {
    if (!sum.is('Add') || !sum.name.startsWith(start)) return [];
    const [set, name, last] = sum.name.slice(start.length).split('.');
    const kind = branchKinds.find((candidate) => candidate.name === name);
    const scale = lastScale(sum)?.constant;
    if (!kind || last !== 'sum' || !scale) return [];
    return [{ kind, set: Number(set), sum, scale: meanMagnitude(scale.toNumbers()) }];
  });
}

/** The scale of the batch norm in which a branch ends, by the node that adds the branch. */
export function lastScale(sum: Node): Value | null {
  const norm = sum.inputs[1]?.producer;
  return norm?.is('BatchNormalization') ? (norm.inputs[1] ?? null) : null;
}
