import type { DataType, Tensor } from '../tensor/index.js';
import type { Graph } from './graph.js';
import type { Node } from './node.js';

/** A length known when the model is written, a symbolic name, or unknown. */
export type Dim = number | string | null;

/** `shape` is null when even the rank is unknown. */
export interface TensorType {
  readonly dtype: DataType;
  readonly shape: readonly Dim[] | null;
}

/** A tensor that flows through a graph: a graph input, an initializer, or the output of a node. */
export class Value {
  name: string;
  /** Null for sequences, maps, optionals and values nobody described. */
  type: TensorType | null;
  producer: Node | null = null;
  /** Nodes that read this value, those inside subgraphs included. */
  readonly users = new Set<Node>();
  /** Graphs that return this value. */
  readonly outputOf = new Set<Graph>();
  /** The data of an initializer, null for every other value. */
  constant: Tensor | null = null;

  constructor(name: string, type: TensorType | null = null) {
    this.name = name;
    this.type = type;
  }

  get rank(): number | null {
    return this.type?.shape?.length ?? null;
  }
}
