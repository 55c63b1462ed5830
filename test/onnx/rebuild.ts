import { type Attribute, Graph, type Model, Node, Value } from '../../src/ir/index.js';
import { Tensor } from '../../src/tensor/index.js';

const copyTensor = (tensor: Tensor): Tensor =>
  new Tensor(
    tensor.dtype,
    tensor.dims,
    tensor.dtype === 'string' ? tensor.strings : tensor.bytes.slice(),
  );

/** Copies graphs so that nothing of the file that they came from is left, but for what the IR cannot express. */
class Rebuilder {
  readonly #names = new Set<string>();
  readonly #values = new Map<Value, Value>();

  graph(original: Graph): Graph {
    const graph = new Graph(original.name, this.#names);
    for (const value of original.initializers) {
      graph.claimName(value.name);
      const copy = this.#copy(value);
      copy.constant = value.constant && copyTensor(value.constant);
      graph.initializers.add(copy);
    }
    for (const input of original.inputs) {
      if (original.initializers.has(input)) graph.inputs.push(this.#known(input));
      else graph.addInput(this.#copy(input));
    }
    for (const node of original.nodes) graph.nodes.push(this.#node(node));
    for (const output of original.outputs) graph.addOutput(this.#known(output));
    return graph;
  }

  #copy(value: Value): Value {
    const copy = new Value(value.name, value.type && { ...value.type });
    this.#values.set(value, copy);
    return copy;
  }

  #known(value: Value): Value {
    const copy = this.#values.get(value);
    if (!copy) throw new Error(`'${value.name}' is neither input, initializer nor result`);
    return copy;
  }

  #attribute(attribute: Attribute): Attribute {
    switch (attribute.kind) {
      case 'tensor':
        return { kind: 'tensor', value: copyTensor(attribute.value) };
      case 'tensors':
        return { kind: 'tensors', value: attribute.value.map(copyTensor) };
      case 'graph':
        return { kind: 'graph', value: this.graph(attribute.value) };
      case 'graphs':
        return { kind: 'graphs', value: attribute.value.map((graph) => this.graph(graph)) };
      case 'other':
        return attribute;
      default:
        return { ...attribute };
    }
  }

  #node({ opType, inputs, outputs, name, domain, overload, attributes }: Node): Node {
    return new Node(
      opType,
      inputs.map((input) => input && this.#known(input)),
      outputs.map((output) => output && this.#copy(output)),
      {
        name,
        domain,
        overload,
        attributes: [...attributes].map(([key, value]) => [key, this.#attribute(value)] as const),
      },
    );
  }
}

/** The same model as new objects, which the encoder must write without the help of the original file. */
export const rebuild = (model: Model): Model => ({
  ...model,
  opsets: new Map(model.opsets),
  metadata: new Map(model.metadata),
  functions: [...model.functions],
  graph: new Rebuilder().graph(model.graph),
});
