import type { Node, Value } from '../../ir/index.js';
import type { GraphSketch } from './report.js';
import { sketchNode } from './sketch.js';
import type { VaryingGraph } from './varying.js';

/** The nodes that compute a value from other values. */
export interface Part {
  readonly output: Value;
  /** Values that it starts from. */
  readonly sources: readonly Value[];
  /** In the order in which they run. */
  readonly nodes: readonly Node[];
}

/** The part that computes `output` from the nearest of the values `cuts` and from graph inputs. */
export function partBefore(
  graph: VaryingGraph,
  output: Value,
  cuts: (value: Value) => boolean,
): Part {
  const sources = new Set<Value>();
  const nodes = new Set<Node>();
  const pending = [output];
  for (let value = pending.pop(); value; value = pending.pop()) {
    const { producer } = value;
    if (!producer || nodes.has(producer)) continue;
    nodes.add(producer);
    for (const operand of graph.operands(producer)) {
      if (operand.producer === null || cuts(operand)) sources.add(operand);
      else pending.push(operand);
    }
  }
  const ordered = [...nodes].sort((x, y) => graph.position(x) - graph.position(y));
  return { output, sources: [...sources], nodes: ordered };
}

/** Whether two parts are made of the same operators in the same order. */
export const sameOperators = (a: Part, b: Part): boolean =>
  a.nodes.length === b.nodes.length &&
  a.nodes.every((node, i) => {
    const twin = b.nodes[i];
    return node.opType === twin?.opType && node.domain === twin.domain;
  });

export const sketchPart = ({ sources, output, nodes }: Part, graph: VaryingGraph): GraphSketch => ({
  inputs: sources.map(({ name }) => name),
  output: output.name,
  nodes: nodes.map((node) => sketchNode(node, graph)),
});
