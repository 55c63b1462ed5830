import { accept, refuse, type Verdict } from '../../errors.js';
import { computedFrom, type Graph, type Node, type Value } from '../../ir/index.js';

/** What of one file computes the output of a certified region. */
export interface RegionPart {
  readonly output: Value;
  readonly sources: readonly Value[];
  /** All nodes before the output, down to the sources; those that give nothing but a shape too. */
  readonly nodes: ReadonlySet<Node>;
  /** Those among them whose results depend on the elements of a source. */
  readonly varying: ReadonlySet<Node>;
}

/** The sources and the output of a region, by name. */
export interface RegionNames {
  readonly sources: readonly string[];
  readonly output: string;
}

/** Finds a region's part of a graph. Sources may lie in outer graphs: they are what the output is computed from. */
export function findPart(graph: Graph, names: RegionNames): Verdict<RegionPart> {
  const results = graph.nodes.flatMap((node) => node.results);
  const output = results.find((value) => value.name === names.output);
  if (!output) return refuse(`no node computes '${names.output}'`);
  const found = new Map<string, Value>();
  const nodes = new Set<Node>();
  const pending = [...(output.producer?.operands ?? [])];
  if (output.producer) nodes.add(output.producer);
  for (let value = pending.pop(); value; value = pending.pop()) {
    if (names.sources.includes(value.name)) {
      if ((found.get(value.name) ?? value) !== value)
        return refuse(`two values are '${value.name}'`);
      found.set(value.name, value);
    } else if (value.producer && !nodes.has(value.producer)) {
      nodes.add(value.producer);
      pending.push(...value.producer.operands);
    }
  }
  const sources: Value[] = [];
  for (const name of new Set(names.sources)) {
    const source = found.get(name);
    if (!source) return refuse(`'${names.output}' is not computed from '${name}'`);
    sources.push(source);
  }
  return accept({ output, sources, nodes, varying: dependents(sources, nodes) });
}

function dependents(sources: readonly Value[], nodes: ReadonlySet<Node>): Set<Node> {
  const varying = new Set<Node>();
  const pending = [...sources];
  for (let value = pending.pop(); value; value = pending.pop()) {
    for (const node of value.users) {
      if (!nodes.has(node) || varying.has(node) || node.is('Shape', 'Size')) continue;
      if (!computedFrom(node).includes(value)) continue;
      varying.add(node);
      pending.push(...node.results);
    }
  }
  return varying;
}
