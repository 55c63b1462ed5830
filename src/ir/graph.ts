import { inputError, internalError } from '../errors.js';
import type { Tensor } from '../tensor/index.js';
import type { Node } from './node.js';
import { type TensorType, Value } from './value.js';

/** A graph of nodes in an order in which they can run. Names of values are unique within it. */
export class Graph {
  name: string;
  readonly inputs: Value[] = [];
  readonly outputs: Value[] = [];
  nodes: Node[] = [];
  /** Initializers by insertion; those that are also inputs appear in both. */
  readonly initializers = new Set<Value>();
  readonly #names = new Set<string>();
  readonly #reserved: Set<string>;

  /** @param reserved names that new values must avoid, shared by all graphs of a model: a subgraph must not hide a value. */
  constructor(name = '', reserved: Set<string> = new Set()) {
    this.name = name;
    this.#reserved = reserved;
  }

  /** Reserves a name, or throws when the graph has it already. */
  claimName(name: string): void {
    if (this.#names.has(name)) {
      throw inputError(`the value name '${name}' is defined twice in graph '${this.name}'`, {
        hint: 'names must be unique; export the model again or rename one of the two',
      });
    }
    this.#names.add(name);
    this.#reserved.add(name);
  }

  hasName(name: string): boolean {
    return this.#names.has(name);
  }

  /** A free name made from `base`, reserved at once. */
  uniqueName(base: string): string {
    let name = base;
    for (let i = 1; this.#reserved.has(name); i++) name = `${base}_${i}`;
    this.claimName(name);
    return name;
  }

  addInput(value: Value): Value {
    this.claimName(value.name);
    this.inputs.push(value);
    return value;
  }

  /** A new input under a free name made from `base`. */
  newInput(base: string, type: TensorType): Value {
    const value = new Value(this.uniqueName(base), type);
    this.inputs.push(value);
    return value;
  }

  addOutput(value: Value): void {
    this.outputs.push(value);
    value.outputOf.add(this);
  }

  addInitializer(base: string, tensor: Tensor): Value {
    const value = new Value(this.uniqueName(base), { dtype: tensor.dtype, shape: tensor.dims });
    value.constant = tensor;
    this.initializers.add(value);
    return value;
  }

  /**
   * Takes nodes out and puts others in their place; values keep their identity, so that readers notice nothing.
   * @param removed nodes to take out
   * @param replacements nodes to put where a removed one stood; they produce what is still read
   */
  rewrite(removed: ReadonlySet<Node>, replacements: ReadonlyMap<Node, readonly Node[]>): void {
    for (const node of removed) node.detach();
    this.nodes = this.nodes.flatMap((node) =>
      removed.has(node) ? (replacements.get(node) ?? []) : [node],
    );
    for (const node of removed) {
      for (const result of node.results) {
        const lost = result.producer === node || result.producer === null;
        if (lost && (result.users.size > 0 || result.outputOf.size > 0)) {
          throw internalError(`removing ${node.label}, whose result '${result.name}' is in use`);
        }
      }
    }
  }

  /**
   * Removes initializers that nobody reads, together with their entry among the inputs.
   * @returns their names.
   */
  pruneInitializers(candidates: Iterable<Value> = [...this.initializers]): string[] {
    const removed: string[] = [];
    for (const value of candidates) {
      if (value.users.size > 0 || value.outputOf.size > 0) continue;
      if (!this.initializers.delete(value)) continue;
      const index = this.inputs.indexOf(value);
      if (index >= 0) this.inputs.splice(index, 1);
      this.#names.delete(value.name);
      removed.push(value.name);
    }
    return removed;
  }
}

/** Visits a graph and all graphs nested in its nodes, outermost first. */
export function* allGraphs(graph: Graph): Generator<Graph> {
  const stack = [graph];
  for (let next = stack.pop(); next; next = stack.pop()) {
    yield next;
    for (const node of next.nodes) stack.push(...node.subgraphs);
  }
}
