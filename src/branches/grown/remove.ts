import { accept, internalError, refuse, type Verdict } from '../../errors.js';
import type { Model, Node } from '../../ir/index.js';
import { withOutput } from './grow.js';
import { type GrownBranch, readLayer, setPrefix } from './layer.js';
import { absorb, branchMap } from './map.js';

/**
 * Takes a branch away from beside a Conv, in place; the main kernel takes over what it computed.
 * @param weight name of the Conv's weight
 */
export function removeBranch(
  { graph }: Model,
  weight: string,
  { kind, set }: Pick<GrownBranch, 'kind' | 'set'>,
): Verdict<void> {
  const found = readLayer(graph, weight);
  if (!found.ok) return found;
  const layer = found.value;
  const branch = layer.branches.find((other) => other.kind === kind && other.set === set);
  if (!branch) return refuse(`it has no branch ${kind.name} of set ${set}`);
  const absorbed = absorb(graph, layer, branchMap(graph, layer, branch), 1);
  if (!absorbed.ok) return absorbed;
  const { sum } = branch;
  const rest = sum.inputs[0]?.producer;
  const [result] = sum.results;
  if (!rest || !result) throw internalError('a sum of nothing');
  const own = `${setPrefix(layer.name, set)}${kind.name}`;
  const isOwn = ({ name }: Node): boolean => name === own || name.startsWith(`${own}.`);
  const removed = new Set([rest, ...graph.nodes.filter(isOwn)]);
  const constants = [...removed].flatMap((node) => node.operands);
  graph.rewrite(removed, new Map([[rest, [withOutput(rest, result)]]]));
  graph.pruneInitializers(constants);
  return accept(undefined);
}
