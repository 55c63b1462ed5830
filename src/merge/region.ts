import type { Node, Value } from '../ir/index.js';

/**
 * Nodes that nobody needs any more once `output` is computed straight from `sources`: the producer of `output`, and
 * every node before it whose results only such nodes read. Constant and shape arithmetic goes with them.
 * @param own nodes of the graph: those of outer graphs stay
 */
export function freedNodes(
  output: Value,
  sources: ReadonlySet<Value>,
  own: ReadonlySet<Node>,
): Set<Node> {
  const freed = new Set<Node>();
  const kept = new Set([...sources].map((source) => source.producer));
  // A node is looked at once for each of its readers that goes, so the last of them frees it.
  const pending: Value[] = [output];
  for (let value = pending.pop(); value; value = pending.pop()) {
    const node = value.producer;
    if (!node || kept.has(node) || freed.has(node) || !own.has(node)) continue;
    if (!node.results.every((result) => result === output || isFree(result, freed))) continue;
    freed.add(node);
    pending.push(...node.operands);
  }
  return freed;
}

/**
 * Nodes that nobody reads once others are gone: what several regions shared, so that none of them could free it.
 * @param values what the nodes that went used to read
 * @param own nodes of the graph: those of outer graphs stay
 */
export function abandonedNodes(values: Iterable<Value>, own: ReadonlySet<Node>): Set<Node> {
  const abandoned = new Set<Node>();
  const pending = [...values];
  for (let value = pending.pop(); value; value = pending.pop()) {
    const node = value.producer;
    if (!node || abandoned.has(node) || !own.has(node)) continue;
    if (!node.results.every((result) => isFree(result, abandoned))) continue;
    abandoned.add(node);
    pending.push(...node.operands);
  }
  return abandoned;
}

const isFree = (value: Value, freed: ReadonlySet<Node>): boolean =>
  value.outputOf.size === 0 && [...value.users].every((user) => freed.has(user));
