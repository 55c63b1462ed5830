import { inputError } from '../errors.js';
import { constantNodeTensor, isKnown, type Node, type Types, type Value } from '../ir/index.js';
import { Tensor } from '../tensor/index.js';
import type { TypedBuilder } from './builder.js';
import { ruleOf } from './ops/index.js';
import { NodeView } from './view.js';

/** A node that has been copied, and what its gradient may need. */
export interface CopiedNode {
  readonly view: NodeView;
  readonly outputs: readonly (Value | null)[];
  readonly saved: Readonly<Record<string, Value>>;
}

/** Copies the nodes of a model into a graph that is being built, each in the form in which it is trained. */
export class ForwardCopy {
  readonly #builder: TypedBuilder;
  readonly #types: Types;
  readonly #values = new Map<Value, Value>();
  /** Copies that gradients reach already: graph inputs, and results of nodes that {@link node} returned. */
  readonly #reached = new Set<Value>();

  /** @param types of the model's values, all lengths known */
  constructor(builder: TypedBuilder, types: Types) {
    this.#builder = builder;
    this.#types = types;
  }

  /** Graph inputs of the model and initializers that become inputs. */
  input(value: Value): void {
    const type = this.#types.of(value);
    const dims = type?.shape ?? null;
    if (!type || !dims || !isKnown(dims)) {
      throw inputError(`the shape of the input '${value.name}' is not known`, {
        at: value.name,
        hint: 'give every length of the input',
      });
    }
    const copy = this.#builder.input(value.name, dims, type.dtype);
    this.#values.set(value, copy);
    this.#reached.add(copy);
  }

  /** The copy of a value of the model. */
  value(source: Value): Value {
    const known = this.#values.get(source);
    if (known) return known;
    if (!source.constant) {
      throw inputError(`'${source.name}' is used before anything computes it`, { at: source.name });
    }
    const copy = this.#builder.constant(source.constant, source.name);
    this.#values.set(source, copy);
    return copy;
  }

  /**
   * @param needs values whose gradient is wanted
   * @returns null when no gradient has to go back through this node: another one may have the same copies
   */
  node(node: Node, needs: ReadonlySet<Value>): CopiedNode | null {
    if (this.#asConstants(node)) return null;
    refuseSubgraphs(node);
    const inputs = node.inputs.map((input) => input && this.value(input));
    const wanted = node.inputs.map((input) => input !== null && needs.has(input));
    const view = new NodeView(node, this.#builder, inputs, wanted, this.#types);
    const name = node.name || (node.results[0]?.name ?? node.opType);
    const forward = this.#builder.within(name, () => ruleOf(node)?.forward?.(view) ?? null);
    const outputs = forward?.outputs ?? this.#copy(node, inputs, name);
    const before = this.#reached.size;
    node.outputs.forEach((output, i) => {
      const copy = outputs[i];
      if (!output || !copy) return;
      this.#values.set(output, copy);
      if (needs.has(output)) this.#reached.add(copy);
    });
    if (this.#reached.size === before) return null;
    return { view, outputs, saved: forward?.saved ?? {} };
  }

  #copy(node: Node, inputs: readonly (Value | null)[], name: string): readonly Value[] {
    const attributes = Object.fromEntries(node.attributes);
    const { domain, outputs } = node;
    return this.#builder.ops(node.opType, inputs, outputs.length, attributes, { domain, name });
  }

  /** Stores the results of a node whose elements are known: they become constants. */
  #asConstants(node: Node): boolean {
    const tensors = node.outputs.map((output) => output && this.#known(node, output));
    if (!tensors.every((tensor) => tensor !== null)) return false;
    node.outputs.forEach((output, i) => {
      if (output)
        this.#values.set(output, this.#builder.constant(tensors[i] as Tensor, output.name));
    });
    return true;
  }

  #known(node: Node, output: Value): Tensor | null {
    if (node.is('Constant')) return constantNodeTensor(node);
    const type = this.#types.of(output);
    const elements = this.#types.integers(output);
    if (!elements || !isKnown(elements) || type?.dtype === 'bool') return null;
    return type?.shape && isKnown(type.shape)
      ? Tensor.fromNumbers(type.dtype, type.shape, elements)
      : null;
  }
}

function refuseSubgraphs(node: Node): void {
  if (node.subgraphs.length === 0) return;
  throw inputError(`${node.label} holds a subgraph, and control flow cannot be trained`, {
    at: node.label,
    hint: 'export the model without If, Loop and Scan',
  });
}
