import { inputError, internalError } from '../errors.js';
import { isKnown, type Node, type Types, type Value } from '../ir/index.js';
import type { TypedBuilder } from './builder.js';

/** A node of the forward graph, as a rule sees it: its operands are values of the graph that is being built. */
export class NodeView {
  /** The node as the model has it, for its attributes. */
  readonly node: Node;
  readonly builder: TypedBuilder;
  /** Operands, null where one is left out. */
  readonly inputs: readonly (Value | null)[];
  /** Whether the gradient with respect to each operand is wanted. */
  readonly needs: readonly boolean[];
  readonly #types: Types;

  constructor(
    node: Node,
    builder: TypedBuilder,
    inputs: readonly (Value | null)[],
    needs: readonly boolean[],
    types: Types,
  ) {
    this.node = node;
    this.builder = builder;
    this.inputs = inputs;
    this.needs = needs;
    this.#types = types;
  }

  /** An operand that must be there. @throws ReparamError when it is not. */
  input(index: number): Value {
    const value = this.inputs[index];
    if (value) return value;
    throw inputError(`${this.node.label} lacks its operand number ${index + 1}`, {
      at: this.node.label,
    });
  }

  has(index: number): boolean {
    return (this.inputs[index] ?? null) !== null;
  }

  /** Lengths of an operand. */
  dims(index: number): readonly number[] {
    return this.builder.dims(this.input(index));
  }

  /** Lengths that the node's own result has. */
  resultDims(index: number): readonly number[] {
    const result = this.node.outputs[index];
    const shape = result && this.#types.of(result)?.shape;
    if (shape && isKnown(shape)) return shape;
    throw internalError(`the shape of a result of ${this.node.label} is not known`);
  }

  /**
   * Elements of an integer operand, null when it is left out.
   * @throws ReparamError when they depend on the input's values.
   */
  integers(index: number): readonly number[] | null {
    const known = this.numbers(index);
    const value = this.node.inputs[index];
    if (known || !value) return known;
    throw inputError(
      `${this.node.label} takes '${value.name}', which is not known before the model runs, so that it has no fixed gradient`,
      { at: this.node.label, hint: 'freeze the parameters before this node with --freeze' },
    );
  }

  /** Elements of a small operand, null when it is left out or they are not known before the model runs. */
  numbers(index: number): readonly number[] | null {
    const value = this.node.inputs[index];
    const known = value && this.#types.elements(value);
    return known && isKnown(known) ? known : null;
  }

  /** The attribute `axis`, counted from the front of the first operand. */
  axis(otherwise: number): number {
    const axis = this.node.int('axis', otherwise);
    return axis < 0 ? axis + this.dims(0).length : axis;
  }

  /** A list that is an attribute in some opsets and an operand in others. */
  list(attribute: string, index: number): readonly number[] | null {
    return this.node.ints(attribute) ?? this.integers(index);
  }
}

/** A node whose results have cotangents. */
export class VjpView extends NodeView {
  /** Results, in the order of the node's outputs. */
  readonly outputs: readonly (Value | null)[];
  /** Gradient of the loss with respect to each result, null where the loss does not depend on it. */
  readonly cotangents: readonly (Value | null)[];
  readonly #saved: Readonly<Record<string, Value>>;

  constructor(
    forward: NodeView,
    types: Types,
    outputs: readonly (Value | null)[],
    cotangents: readonly (Value | null)[],
    saved: Readonly<Record<string, Value>>,
  ) {
    super(forward.node, forward.builder, forward.inputs, forward.needs, types);
    this.outputs = outputs;
    this.cotangents = cotangents;
    this.#saved = saved;
  }

  /** The first result. */
  get output(): Value {
    return this.outputs[0] ?? this.#missing('result');
  }

  /** The cotangent of the first result, in operators with one result. */
  get cotangent(): Value {
    return this.cotangents[0] ?? this.#missing('cotangent');
  }

  /** A value that the rule's `forward` saved. */
  saved(name: string): Value {
    return this.#saved[name] ?? this.#missing(name);
  }

  #missing(what: string): never {
    throw internalError(`the gradient of ${this.node.label} asks for a ${what} that is not there`);
  }
}
