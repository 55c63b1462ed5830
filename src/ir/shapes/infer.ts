import { elementCount } from '../../tensor/index.js';
import { Graph } from '../graph.js';
import { type Model, onnxOpset } from '../model.js';
import type { Node } from '../node.js';
import type { Dim, TensorType, Value } from '../value.js';
import { NodeContext } from './context.js';
import { refine, sanitize } from './dims.js';
import { elementRules } from './elements/index.js';
import { typeRules } from './rules/index.js';
import { Statements } from './statements.js';
import { smallDims, type Types, TypeTable } from './table.js';

export interface InferOptions {
  /** Shapes by the name of a graph input, in place of those that the file states; other names are ignored. */
  readonly inputShapes?: ReadonlyMap<string, readonly Dim[]>;
}

/** Bodies nested deeper than this keep the types that the file states. */
const maxDepth = 64;

/** Infers the types of a graph that is still being built: what later nodes state plays no part. */
export class GraphTypes {
  readonly #inference: Inference;

  /** @param opset version of the ONNX operator set. */
  constructor(opset: number) {
    this.#inference = new Inference(opset, new Statements(new Graph(), new Map()));
  }

  /** What is known about the values of the nodes added so far, of graph inputs and of constants. */
  get types(): Types {
    return this.#inference.table;
  }

  /** Infers the results of a node whose operands are known. */
  add(node: Node): void {
    this.#inference.node(node, 0);
  }
}

/**
 * Infers element types and shapes of all values of a model, those in the bodies of If, Loop and Scan included, from
 * graph inputs and constants. Where no rule applies, or a rule knows less, what the file states about a value counts.
 * An initializer that is also a graph input counts as the constant it is by default.
 *
 * Time and memory are linear in the model. Never throws: an inconsistent node has outputs of unknown shape.
 */
export function inferTypes(model: Model, options: InferOptions = {}): Types {
  const inputShapes = options.inputShapes ?? new Map();
  const inference = new Inference(onnxOpset(model), new Statements(model.graph, inputShapes));
  const inputs = model.graph.inputs.map((input) => {
    const shape = inputShapes.get(input.name);
    return shape && input.type ? sanitize({ dtype: input.type.dtype, shape }) : null;
  });
  inference.graph(model.graph, inputs, 0);
  return inference.table;
}

class Inference {
  readonly table = new TypeTable();
  readonly #opset: number;
  readonly #statements: Statements;

  constructor(opset: number, statements: Statements) {
    this.#opset = opset;
    this.#statements = statements;
  }

  /** @param inputs types fed to the graph, null where only the graph's own statement counts. */
  graph(graph: Graph, inputs: readonly (TensorType | null)[], depth: number): void {
    graph.inputs.forEach((input, i) => {
      this.#record(input, inputs[i] ?? null);
    });
    for (const node of graph.nodes) this.node(node, depth);
  }

  #record(value: Value, inferred: TensorType | null): void {
    this.table.setType(value, refine(sanitize(inferred), this.#statements.of(value)));
  }

  node(node: Node, depth: number): void {
    const context = new NodeContext(node, this.#opset, this.table, (graph, inputs) => {
      if (depth < maxDepth) this.graph(graph, inputs, depth + 1);
    });
    const rule = node.domain === '' ? typeRules.get(node.opType) : undefined;
    if (!rule) for (const [name] of node.attributes) context.body(name);
    const types = rule?.infer(context) ?? [];
    node.outputs.forEach((output, i) => {
      if (output) this.#record(output, types[i] ?? null);
    });
    this.#propagate(context);
  }

  /** Follows the elements of small tensors through the node. */
  #propagate(context: NodeContext): void {
    const { node } = context;
    const rule = node.domain === '' ? elementRules.get(node.opType) : undefined;
    if (!rule) return;
    node.outputs.forEach((output, index) => {
      const type = output && this.table.of(output);
      const dims = smallDims(type);
      if (!output || !type || !dims) return;
      const target = { dtype: type.dtype, dims, size: elementCount(dims), index };
      if (!this.table.affords(target.size)) return;
      const elements = target.size === 0 ? [] : rule.elements(context, target);
      if (elements) this.table.setElements(output, elements);
    });
  }
}
