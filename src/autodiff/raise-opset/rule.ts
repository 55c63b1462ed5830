import { inputError, type ReparamError } from '../../errors.js';
import { type Attribute, type Graph, Node, type Types, Value } from '../../ir/index.js';
import { type DataType, Tensor } from '../../tensor/index.js';

/** A node that is to be written anew. */
export class RaiseContext {
  readonly node: Node;
  /** Opset that the node is written in. */
  readonly opset: number;
  readonly types: Types;
  readonly #graph: Graph;

  constructor(node: Node, opset: number, types: Types, graph: Graph) {
    this.node = node;
    this.opset = opset;
    this.types = types;
    this.#graph = graph;
  }

  input(index: number): Value | null {
    return this.node.inputs[index] ?? null;
  }

  /** Element type of the first operand. */
  get dtype(): DataType {
    const x = this.input(0);
    return (x && this.types.of(x)?.dtype) ?? 'float32';
  }

  int64s(values: readonly number[]): Value {
    return this.#graph.addInitializer('int64s', Tensor.int64s(values));
  }

  scalar(dtype: DataType, value: number): Value {
    return this.#graph.addInitializer('scalar', Tensor.scalar(dtype, value));
  }

  floats(values: readonly number[]): Value {
    return this.#graph.addInitializer(
      'floats',
      Tensor.fromNumbers('float32', [values.length], values),
    );
  }

  /** A value between two of the new nodes. */
  value(base: string): Value {
    return new Value(this.#graph.uniqueName(base));
  }

  /** The old node with other operands and attributes. */
  again(
    inputs: readonly (Value | null)[],
    changes: {
      readonly opType?: string;
      readonly outputs?: readonly (Value | null)[];
      readonly without?: readonly string[];
      readonly attributes?: readonly (readonly [string, Attribute])[];
    } = {},
  ): Node {
    const { node } = this;
    const { opType = node.opType, outputs = node.outputs, without = [], attributes = [] } = changes;
    const kept = [...node.attributes].filter(([name]) => !without.includes(name));
    return new Node(opType, inputs, outputs, {
      name: node.name,
      attributes: [...kept, ...attributes],
    });
  }

  refusal(reason: string): ReparamError {
    return inputError(`${this.node.label} of opset ${this.opset} cannot be raised: ${reason}`, {
      at: this.node.label,
      hint: 'export the model again with opset 13 or later',
    });
  }
}

/** How the nodes of an operator that changed its form are written anew. */
export interface RaiseRule {
  readonly opTypes: readonly string[];
  /** The first opset that has the new form. */
  readonly since: number;
  /**
   * @returns nodes for the place of the old one, with its outputs; null when the node is valid as it is.
   * @throws ReparamError for what the new form cannot say.
   */
  readonly raise: (context: RaiseContext) => readonly Node[] | null;
}

export const isUsed = (value: Value | null | undefined): boolean =>
  value ? value.users.size > 0 || value.outputOf.size > 0 : false;
