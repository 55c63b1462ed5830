import type { GraphSketch } from '../../verify/inside/report.js';

/** Something that is drawn: an end of the graph, a node, or many nodes as one. */
export interface Vertex {
  readonly kind: 'source' | 'node' | 'group' | 'output';
  /** The operator, or what a group holds; empty for the ends. */
  readonly heading: string;
  readonly detail: string;
  readonly name: string;
}

/** A sketch as vertices in an order in which they can run, and edges between their indices. */
export interface Flow {
  readonly vertices: readonly Vertex[];
  readonly edges: readonly (readonly [from: number, to: number])[];
}

/** The name in `Conv 'stem/conv'`. */
function nameIn(label: string, opType: string): string {
  const rest = label.startsWith(opType) ? label.slice(opType.length).trim() : label;
  return rest.replace(/^'(.*)'$/s, '$1');
}

/** Follows the names of values. What nothing in the sketch computes has no edge. */
export function flowOf({ inputs, nodes, output }: GraphSketch): Flow {
  const vertices: Vertex[] = inputs.map((name) => ({
    kind: 'source',
    heading: '',
    detail: '',
    name,
  }));
  const producers = new Map(inputs.map((name, i) => [name, i]));
  const edges: [number, number][] = [];
  const connect = (names: Iterable<string>, to: number): void => {
    for (const name of new Set(names)) {
      const from = producers.get(name);
      if (from !== undefined) edges.push([from, to]);
    }
  };
  for (const { opType, label, detail, inputs: read, outputs } of nodes) {
    const index = vertices.length;
    vertices.push({ kind: 'node', heading: opType, detail, name: nameIn(label, opType) });
    connect(read, index);
    for (const name of outputs) producers.set(name, index);
  }
  connect([output], vertices.length);
  vertices.push({ kind: 'output', heading: '', detail: '', name: output });
  return { vertices, edges };
}
