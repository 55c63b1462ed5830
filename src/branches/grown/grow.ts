import { accept, internalError, refuse, type Verdict } from '../../errors.js';
import { type Model, Node, Value } from '../../ir/index.js';
import { Tensor } from '../../tensor/index.js';
import { BlockBuilder } from '../block-builder.js';
import { Draft } from '../draft.js';
import { sumMaps } from '../term.js';
import { branchKinds } from './kinds.js';
import { lastScale, readLayer, setPrefix } from './layer.js';
import { absorb, branchMap, closedChannels } from './map.js';

export interface GrowOptions {
  /** Number of the set of branches, of which the layer has none yet. */
  readonly set: number;
  /** How much each branch counts at first, relative to the main one. */
  readonly scale: number;
  /** A whole number. The same seed gives the same bytes. */
  readonly seed: number;
}

/** Branches that the main kernel has not made room for. */
export interface Sprouts {
  readonly branches: readonly string[];
  /** Names of the scales of their batch norms, whose statistics are to be measured next. */
  readonly norms: readonly string[];
}

/**
 * Puts all branches that its shapes allow beside a Conv, in place; until they are settled, the layer computes something
 * else.
 * @param weight name of the Conv's weight
 */
export function sproutBranches(
  { graph }: Model,
  weight: string,
  { set, scale, seed }: GrowOptions,
): Verdict<Sprouts> {
  const found = readLayer(graph, weight);
  if (!found.ok) return found;
  const layer = found.value;
  const { site, tail, name } = layer;
  const [output] = tail.results;
  if (!output) throw internalError('a layer without a result');
  const prefix = setPrefix(name, set);
  const draft = new Draft(graph, prefix, site.dtype, seed);
  const block = new BlockBuilder(site, 'fresh', draft.emit, draft.parameters);
  let sum = new Value(graph.uniqueName(`${prefix}main`), output.type);
  graph.nodes.push(withOutput(tail, sum));
  const branches: string[] = [];
  for (const kind of branchKinds) {
    const term = kind.build(block);
    if (!term) continue;
    for (const gate of term.gates ?? []) {
      gate.data.fill(scale * (layer.scale || 1));
      draft.parameters.store(gate);
    }
    sum = draft.emit.op('Add', `${kind.name}.sum`, [sum, term.value]);
    branches.push(kind.name);
  }
  if (branches.length === 0) return refuse('no branch fits beside it');
  draft.replace([tail], sum);
  const norms = graph.nodes
    .filter((node) => node.is('BatchNormalization') && node.name.startsWith(prefix))
    .flatMap((node) => node.inputs[1]?.name ?? []);
  return accept({ branches, norms });
}

/** The same node with another result. */
export const withOutput = ({ opType, inputs, ...options }: Node, output: Value): Node =>
  new Node(opType, inputs, [output], options);

/**
 * Takes what a set of branches computes away from the main kernel, in place: then the layer computes what it did without
 * them. They are closed in channels in which the main kernel counts for nothing.
 */
export function settleBranches({ graph }: Model, weight: string, set: number): Verdict<void> {
  const found = readLayer(graph, weight);
  if (!found.ok) return found;
  const layer = found.value;
  const { axes, kernel } = layer.site;
  const branches = layer.branches.filter((branch) => branch.set === set);
  const total = () =>
    sumMaps(
      branches.map((branch) => branchMap(graph, layer, branch)),
      axes,
      kernel.group,
    );
  const closed = closedChannels(layer, total());
  for (const { sum } of branches) {
    const scale = lastScale(sum);
    if (scale?.constant) scale.constant = zeroedAt(scale.constant, closed);
  }
  return absorb(graph, layer, total(), -1);
}

function zeroedAt(tensor: Tensor, channels: readonly number[]): Tensor {
  const numbers = tensor.toNumbers();
  for (const channel of channels) numbers[channel] = 0;
  return Tensor.fromNumbers(tensor.dtype, tensor.dims, numbers);
}
