import type { Node, Value } from '../../ir/index.js';
import { affineOpTypes } from '../certificate/affine-operators.js';
import type { VaryingGraph } from './varying.js';

/** Longer sequences are aligned at their beginning only: the table of the alignment grows with the square. */
const mostAnchors = 3000;

/** Nodes that no merging of affine operators removes. */
const anchors = ({ nodes }: VaryingGraph): Node[] =>
  nodes.filter((node) => !affineOpTypes.has(node.opType)).slice(0, mostAnchors);

/** What two nodes must share to stand for each other; those already matched share their first result. */
function key(
  node: Node,
  { types }: VaryingGraph,
  identity: (value: Value) => string | null,
): string {
  const [result] = node.results;
  const matched = result ? identity(result) : null;
  if (matched !== null) return `= ${matched}`;
  const shape = result ? types.of(result)?.shape : null;
  return JSON.stringify([node.domain, node.opType, shape]);
}

/** Lengths of the longest common subsequences of all suffixes. */
function suffixTable(x: readonly string[], y: readonly string[]): Uint16Array {
  const width = y.length + 1;
  const table = new Uint16Array((x.length + 1) * width);
  for (let i = x.length - 1; i >= 0; i--) {
    for (let j = y.length - 1; j >= 0; j--) {
      const at = i * width + j;
      const skip = Math.max(table[at + width] as number, table[at + 1] as number);
      table[at] = x[i] === y[j] ? (table[at + width + 1] as number) + 1 : skip;
    }
  }
  return table;
}

/**
 * Pairs the nodes that are not affine: branches may have been merged between them.
 * @param twins values of the first model by those of the second that are matched already
 */
export const alignAnchors = (
  a: VaryingGraph,
  b: VaryingGraph,
  twins: ReadonlyMap<Value, Value>,
): Generator<NodePair> => alignNodes(anchors(a), anchors(b), a, b, twins);

export type NodePair = readonly [a: Node, b: Node];

/** Pairs nodes by the longest common subsequence of their operators and shapes. */
export function* alignNodes(
  nodesA: readonly Node[],
  nodesB: readonly Node[],
  a: VaryingGraph,
  b: VaryingGraph,
  twins: ReadonlyMap<Value, Value>,
): Generator<NodePair> {
  const matched = new Set(twins.values());
  const x = nodesA.map((node) => key(node, a, (value) => (matched.has(value) ? value.name : null)));
  const y = nodesB.map((node) => key(node, b, (value) => twins.get(value)?.name ?? null));
  const table = suffixTable(x, y);
  const width = y.length + 1;
  for (let i = 0, j = 0; i < x.length && j < y.length; ) {
    if (x[i] === y[j]) yield [nodesA[i++] as Node, nodesB[j++] as Node];
    else if ((table[(i + 1) * width + j] as number) >= (table[i * width + j + 1] as number)) i++;
    else j++;
  }
}
