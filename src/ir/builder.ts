import { type DataType, Tensor } from '../tensor/index.js';
import { type Attribute, float, int, ints, string, tensor } from './attribute.js';
import { Graph } from './graph.js';
import { createModel, type Model } from './model.js';
import { Node } from './node.js';
import { type Dim, Value } from './value.js';

/** A float attribute whose value happens to be a whole number must be given as `float(1)`. */
export type AttributeValue = number | string | readonly number[] | Tensor | Attribute;

export interface OpOptions {
  readonly name?: string;
  readonly domain?: string;
}

function toAttribute(value: AttributeValue): Attribute {
  if (typeof value === 'number') return Number.isInteger(value) ? int(value) : float(value);
  if (typeof value === 'string') return string(value);
  if (value instanceof Tensor) return tensor(value);
  if (Array.isArray(value)) return ints(value);
  return value as Attribute;
}

/** Appends nodes to a graph, naming what the caller leaves unnamed. */
export class GraphBuilder {
  readonly graph: Graph;

  constructor(graph: Graph = new Graph('graph')) {
    this.graph = graph;
  }

  input(name: string, shape: readonly Dim[], dtype: DataType = 'float32'): Value {
    return this.graph.addInput(new Value(name, { dtype, shape }));
  }

  constant(value: Tensor, name = 'constant'): Value {
    return this.graph.addInitializer(name, value);
  }

  /** A float32 initializer. */
  floats(dims: readonly number[], values: ArrayLike<number>, name = 'constant'): Value {
    return this.constant(Tensor.fromNumbers('float32', dims, values), name);
  }

  int64s(values: readonly number[], name = 'constant'): Value {
    return this.constant(Tensor.int64s(values), name);
  }

  op(
    opType: string,
    inputs: readonly (Value | null)[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
    options: OpOptions = {},
  ): Value {
    return this.ops(opType, inputs, 1, attributes, options)[0] as Value;
  }

  /** A node with several outputs. */
  ops(
    opType: string,
    inputs: readonly (Value | null)[],
    outputCount: number,
    attributes: Readonly<Record<string, AttributeValue>> = {},
    options: OpOptions = {},
  ): Value[] {
    const base = options.name ?? opType.toLowerCase();
    const outputs = Array.from(
      { length: outputCount },
      () => new Value(this.graph.uniqueName(`${base}_output`)),
    );
    const entries = Object.entries(attributes).map(
      ([name, value]) => [name, toAttribute(value)] as const,
    );
    const node = new Node(opType, inputs, outputs, {
      name: options.name ?? '',
      ...(options.domain === undefined ? {} : { domain: options.domain }),
      attributes: entries,
    });
    this.graph.nodes.push(node);
    return outputs;
  }

  output(value: Value): void {
    this.graph.addOutput(value);
  }

  model(opset = 17): Model {
    return createModel(this.graph, opset);
  }
}
