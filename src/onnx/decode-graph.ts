import { inputError } from '../errors.js';
import { Graph, type Node, Value } from '../ir/index.js';
import { decodeNode, nodeLabel } from './decode-node.js';
import { decodeTensor } from './decode-tensor.js';
import { sortNodes } from './order.js';
import { declaredTypes, graphOrigins } from './provenance.js';
import type { GraphProto, TensorProto, ValueInfoProto } from './schema.js';
import { readType } from './types.js';

/** What all graphs of a model share. */
export interface ModelContext {
  /** Names that new values must avoid. */
  readonly names: Set<string>;
  /** Called with the domain of each node. */
  readonly onDomain: (domain: string) => void;
}

interface Scope {
  readonly values: ReadonlyMap<string, Value>;
  readonly outer: Scope | null;
}

export interface DecodedGraph {
  readonly graph: Graph;
  /** Values of outer graphs that it reads. */
  readonly captured: ReadonlySet<Value>;
}

/** Reads one graph; graphs inside its nodes see its values. The depth is bounded by that of the protobuf message. */
class GraphDecoder {
  readonly graph: Graph;
  readonly captured = new Set<Value>();
  readonly #message: GraphProto;
  readonly #context: ModelContext;
  readonly #values = new Map<string, Value>();
  readonly #scope: Scope;
  readonly #inputs = new Map<Value, ValueInfoProto>();
  readonly #outputs = new Map<Value, ValueInfoProto>();
  readonly #opaqueInitializers = new Map<Value, TensorProto>();
  readonly #capturedBy = new Map<Node, ReadonlySet<Value>>();

  constructor(message: GraphProto, outer: Scope | null, context: ModelContext) {
    this.#message = message;
    this.#context = context;
    this.#scope = { values: this.#values, outer };
    this.graph = new Graph(message.name ?? '', context.names);
  }

  decode(): DecodedGraph {
    const message = this.#message;
    for (const input of message.input ?? []) this.#addInput(input);
    for (const initializer of message.initializer ?? []) this.#addInitializer(initializer);
    const sparseInitializers = (message.sparse_initializer ?? []).map((sparse) =>
      this.#define(sparse.values?.name ?? '', 'a sparse initializer'),
    );
    for (const node of message.node ?? []) {
      for (const output of node.output ?? []) {
        if (output !== '') this.#define(output, nodeLabel(node));
      }
    }
    const nodes = (message.node ?? []).map((node) => this.#addNode(node));
    for (const output of message.output ?? []) this.#addOutput(output);
    const valueInfo = (message.value_info ?? []).map((info) => this.#addValueInfo(info));
    this.graph.nodes = sortNodes(nodes, (node) => this.#dependencies(node), this.graph.name);
    graphOrigins.set(this.graph, {
      message,
      inputs: this.#inputs,
      outputs: this.#outputs,
      valueInfo,
      opaqueInitializers: this.#opaqueInitializers,
      sparseInitializers,
    });
    return { graph: this.graph, captured: this.captured };
  }

  #define(name: string, definer: string): Value {
    if (name === '') throw inputError(`${definer} of graph '${this.graph.name}' has no name`);
    const value = new Value(name);
    this.graph.claimName(name);
    this.#values.set(name, value);
    return value;
  }

  #declare(value: Value, message: ValueInfoProto): void {
    value.type ??= readType(message.type);
    declaredTypes.set(value, value.type);
  }

  #addInput(message: ValueInfoProto): void {
    const value = this.#define(message.name ?? '', 'an input');
    this.graph.inputs.push(value);
    this.#inputs.set(value, message);
    this.#declare(value, message);
  }

  /** Before IR version 4 every initializer is an input too. */
  #addInitializer(message: TensorProto): void {
    const name = message.name ?? '';
    const input = this.#values.get(name);
    const seen =
      input && (this.graph.initializers.has(input) || this.#opaqueInitializers.has(input));
    const value = input && !seen ? input : this.#define(name, 'an initializer');
    const tensor = decodeTensor(message, `initializer '${name}'`);
    if (tensor === null) {
      this.#opaqueInitializers.set(value, message);
      return;
    }
    value.constant = tensor;
    value.type = { dtype: tensor.dtype, shape: tensor.dims };
    declaredTypes.set(value, value.type);
    this.graph.initializers.add(value);
  }

  #resolve(name: string, reader: string): Value {
    const own = this.#values.get(name);
    if (own) return own;
    for (let scope = this.#scope.outer; scope; scope = scope.outer) {
      const value = scope.values.get(name);
      if (!value) continue;
      this.captured.add(value);
      return value;
    }
    throw inputError(`${reader} reads '${name}', which nothing produces`, {
      at: reader,
      hint: 'the graph is incomplete: export the model again',
    });
  }

  #addNode(message: Parameters<typeof decodeNode>[0]): Node {
    const captured = new Set<Value>();
    const node = decodeNode(message, {
      resolve: (name, reader) => this.#resolve(name, reader),
      define: (name) => this.#values.get(name) as Value,
      decodeSubgraph: (subgraph) => {
        const inner = new GraphDecoder(subgraph, this.#scope, this.#context).decode();
        for (const value of inner.captured) captured.add(value);
        return inner.graph;
      },
    });
    this.#context.onDomain(node.domain);
    if (captured.size === 0) return node;
    this.#capturedBy.set(node, captured);
    for (const value of captured) {
      if (this.#values.get(value.name) !== value) this.captured.add(value);
    }
    return node;
  }

  #addOutput(message: ValueInfoProto): void {
    const value = this.#resolve(
      message.name ?? '',
      `the output list of graph '${this.graph.name}'`,
    );
    this.graph.addOutput(value);
    this.#outputs.set(value, message);
    this.#declare(value, message);
  }

  #addValueInfo(message: ValueInfoProto): { message: ValueInfoProto; value: Value | null } {
    const name = message.name ?? '';
    const value = this.#values.get(name) ?? null;
    if (value) this.#declare(value, message);
    // A new value must not take the name, or it would take the type too.
    else this.#context.names.add(name);
    return { message, value };
  }

  *#dependencies(node: Node): Generator<Node> {
    for (const value of [...node.operands, ...(this.#capturedBy.get(node) ?? [])]) {
      const own = this.#values.get(value.name) === value;
      if (own && value.producer) yield value.producer;
    }
  }
}

/** @throws ReparamError for names that are missing or defined twice, cycles and damaged tensors. */
export const decodeGraph = (message: GraphProto, context: ModelContext): DecodedGraph =>
  new GraphDecoder(message, null, context).decode();
