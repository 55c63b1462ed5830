import { allGraphs, type Graph, type Node, type Types, type Value } from '../../ir/index.js';
import { isTransferable } from '../../runtime/index.js';

/** Operators whose result depends on the lengths of their input alone. */
const shapeOnly = ['Shape', 'Size'];

/** Nodes that the outputs of a graph are computed from; those that only a subgraph reads from included. */
function liveNodes(graph: Graph): Set<Node> {
  const live = new Set<Node>();
  const pending = graph.outputs.flatMap(({ producer }) => producer ?? []);
  for (let node = pending.pop(); node; node = pending.pop()) {
    if (live.has(node)) continue;
    live.add(node);
    const inner = node.subgraphs.flatMap((subgraph) => [...allGraphs(subgraph)]);
    const read = [
      ...node.operands,
      ...inner.flatMap(({ nodes, outputs }) => [...nodes.flatMap((n) => n.operands), ...outputs]),
    ];
    pending.push(...read.flatMap(({ producer }) => producer ?? []));
  }
  return live;
}

/** What of a graph depends on the elements of its inputs, each node and value with its place in the order of the graph. */
export class VaryingGraph {
  readonly graph: Graph;
  readonly types: Types;
  readonly nodes: readonly Node[];
  readonly #values = new Set<Value>();
  readonly #positions: ReadonlyMap<Node, number>;

  constructor(graph: Graph, types: Types) {
    this.graph = graph;
    this.types = types;
    for (const input of graph.inputs) if (!input.constant) this.#values.add(input);
    const live = liveNodes(graph);
    this.nodes = graph.nodes.filter((node) => live.has(node) && this.#add(node));
    this.#positions = new Map(this.nodes.map((node, i) => [node, i]));
  }

  #add(node: Node): boolean {
    if (node.is(...shapeOnly)) return false;
    const outer = node.subgraphs.length > 0;
    if (!outer && !node.operands.some((value) => this.#values.has(value))) return false;
    for (const result of node.results) this.#values.add(result);
    return true;
  }

  has(value: Value | null | undefined): value is Value {
    return value !== null && value !== undefined && this.#values.has(value);
  }

  /** Place of a node in the order in which the graph runs. */
  position(node: Node): number {
    return this.#positions.get(node) ?? -1;
  }

  /** Operands of a node that vary, in order. */
  operands(node: Node): Value[] {
    return node.operands.filter((value) => this.#values.has(value));
  }

  /** Dims of a value when all its lengths are known and onnxruntime-node can hand it over, null otherwise. */
  dims(value: Value): readonly number[] | null {
    const type = this.types.of(value);
    const known = type?.shape?.every((dim) => typeof dim === 'number');
    return type && known && isTransferable(type.dtype) ? (type.shape as readonly number[]) : null;
  }
}
