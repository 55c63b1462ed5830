import { inputError } from '../errors.js';
import type { Node } from '../ir/index.js';

/**
 * Orders nodes so that each follows those it depends on. A valid order comes back unchanged.
 * @throws ReparamError naming a node of a cycle.
 */
export function sortNodes(
  nodes: readonly Node[],
  dependencies: (node: Node) => Iterable<Node>,
  graphName: string,
): Node[] {
  const sorted: Node[] = [];
  const state = new Map<Node, 'open' | 'done'>();
  const path: { readonly node: Node; readonly rest: Iterator<Node> }[] = [];
  const open = (node: Node): void => {
    state.set(node, 'open');
    path.push({ node, rest: dependencies(node)[Symbol.iterator]() });
  };
  for (const root of nodes) {
    if (!state.has(root)) open(root);
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const next = top.rest.next();
      if (next.done) {
        state.set(top.node, 'done');
        sorted.push(top.node);
        path.pop();
      } else if (!state.has(next.value)) {
        open(next.value);
      } else if (state.get(next.value) === 'open') {
        throw inputError(`graph '${graphName}' has a cycle through ${next.value.label}`, {
          at: next.value.label,
        });
      }
    }
  }
  return sorted;
}
