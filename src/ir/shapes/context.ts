import { type DataType, dataTypeFromCode } from '../../tensor/index.js';
import type { Graph } from '../graph.js';
import type { Node } from '../node.js';
import type { Dim, TensorType, Value } from '../value.js';
import { isKnown } from './dims.js';
import type { TypeTable } from './table.js';

/** Infers the body of a node; `inputs` are the types that the node feeds to the body's inputs. */
export type InferGraph = (graph: Graph, inputs: readonly (TensorType | null)[]) => void;

/** A node as the rules see it: its attributes and what is known about its inputs. */
export class NodeContext {
  readonly node: Node;
  /** Version of the ONNX operator set. */
  readonly opset: number;
  readonly #table: TypeTable;
  readonly #inferGraph: InferGraph;

  constructor(node: Node, opset: number, table: TypeTable, inferGraph: InferGraph) {
    this.node = node;
    this.opset = opset;
    this.#table = table;
    this.#inferGraph = inferGraph;
  }

  get inputCount(): number {
    return this.node.inputs.length;
  }

  has(index: number): boolean {
    return (this.node.inputs[index] ?? null) !== null;
  }

  type(index: number): TensorType | null {
    const value = this.node.inputs[index];
    return value ? this.#table.of(value) : null;
  }

  dtype(index: number): DataType | null {
    return this.type(index)?.dtype ?? null;
  }

  shape(index: number): readonly Dim[] | null {
    return this.type(index)?.shape ?? null;
  }

  rank(index: number): number | null {
    return this.shape(index)?.length ?? null;
  }

  /** Known elements of a small tensor, see {@link TypeTable.elements}. */
  elements(index: number): readonly Dim[] | null {
    const value = this.node.inputs[index];
    return value ? this.#table.elements(value) : null;
  }

  /** The only element of an input, null when it is unknown. */
  scalar(index: number): Dim {
    const elements = this.elements(index);
    return elements?.length === 1 ? (elements[0] ?? null) : null;
  }

  /** True when a list that moved from an attribute to an input between opsets is given in either form. */
  isGiven(attribute: string, index: number): boolean {
    return this.node.attributes.has(attribute) || this.has(index);
  }

  /** Such a list, null when it is absent or not known. */
  list(attribute: string, index: number): readonly Dim[] | null {
    return this.node.attributes.has(attribute) ? this.node.ints(attribute) : this.elements(index);
  }

  /** Length of such a list, known more often than the list itself. */
  listLength(attribute: string, index: number): number | null {
    return this.list(attribute, index)?.length ?? this.length(index);
  }

  /** Number of elements of a vector or a scalar. */
  length(index: number): number | null {
    const shape = this.shape(index);
    if (shape?.length === 0) return 1;
    const length = shape?.length === 1 ? shape[0] : null;
    return typeof length === 'number' ? length : null;
  }

  /** Such a list when all of it is known. */
  numbers(attribute: string, index: number): readonly number[] | null {
    const list = this.list(attribute, index);
    return list && isKnown(list) ? list : null;
  }

  /** The element type that an attribute such as `to` or `dtype` names by its code. */
  dtypeAttribute(name: string, fallback: DataType | null): DataType | null {
    const code = this.node.int(name, 0);
    return code === 0 ? fallback : dataTypeFromCode(code);
  }

  /** Elements of an output of a graph attribute that has been inferred. */
  bodyElements(name: string, output: number): readonly Dim[] | null {
    const attribute = this.node.attributes.get(name);
    const value = attribute?.kind === 'graph' ? attribute.value.outputs[output] : undefined;
    return value ? this.#table.elements(value) : null;
  }

  /** Infers a graph attribute and returns the types of its outputs. */
  body(name: string, inputs: readonly (TensorType | null)[] = []): (TensorType | null)[] {
    const attribute = this.node.attributes.get(name);
    if (attribute?.kind !== 'graph') return [];
    this.#inferGraph(attribute.value, inputs);
    return attribute.value.outputs.map((output: Value) => this.#table.of(output));
  }
}
