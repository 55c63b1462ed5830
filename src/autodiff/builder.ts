import { internalError } from '../errors.js';
import {
  type AttributeValue,
  GraphBuilder,
  GraphTypes,
  isKnown,
  isRandom,
  type Model,
  type OpOptions,
  type Value,
} from '../ir/index.js';
import { type DataType, elementCount, Tensor } from '../tensor/index.js';
import { expressionKey, tensorKey } from './expression-key.js';

/** Constants of more elements than this are not compared with each other. */
const mostComparedElements = 4096;

/**
 * Builds a graph in which every length is known: each value has its type from the moment it is built, and equal
 * expressions are built once.
 */
export class TypedBuilder extends GraphBuilder {
  readonly opset: number;
  /** Whether only operators may be used that run on every device; else also those that are faster on the CPU. */
  readonly portable: boolean;
  /** Versions of operator sets beside ONNX's. */
  readonly domains = new Map<string, number>();
  readonly #inference: GraphTypes;
  readonly #expressions = new Map<string, Value[]>();
  readonly #constants = new Map<string, Value>();
  /** Node names, and how many others have been made from each. */
  readonly #nodeNames = new Map<string, number>();
  readonly #identities = new Map<Value, number>();
  readonly #noises: Value[] = [];
  #scope = '';

  /** @param opset version of the ONNX operator set, 13 or later. */
  constructor(opset: number, portable = false) {
    super();
    this.opset = opset;
    this.portable = portable;
    this.#inference = new GraphTypes(opset);
  }

  get types() {
    return this.#inference.types;
  }

  override model(): Model {
    const model = super.model(this.opset);
    for (const [domain, version] of this.domains) model.opsets.set(domain, version);
    return model;
  }

  /** Runs `build`; the nodes that it adds are named after `name`. */
  within<T>(name: string, build: () => T): T {
    const outer = this.#scope;
    this.#scope = name;
    try {
      return build();
    } finally {
      this.#scope = outer;
    }
  }

  /**
   * A new graph input that whoever runs the graph fills with independent float32 numbers, uniform in [0, 1), before each
   * run: the graph itself has no randomness, so that a run can be repeated.
   * @param base what its name begins with
   */
  noise(base: string, dims: readonly number[]): Value {
    const value = this.graph.newInput(base, { dtype: 'float32', shape: dims });
    this.#noises.push(value);
    return value;
  }

  /** The inputs that {@link noise} has made. */
  get noises(): readonly Value[] {
    return this.#noises;
  }

  override constant(tensor: Tensor, name = 'constant'): Value {
    if (tensor.size > mostComparedElements) return super.constant(tensor, name);
    const key = tensorKey(tensor);
    const known = this.#constants.get(key) ?? super.constant(tensor, name);
    this.#constants.set(key, known);
    return known;
  }

  /** A constant of the type of `like`, with one element and no axes. */
  scalar(value: number, like: Value): Value {
    return this.constant(Tensor.scalar(this.dtype(like), value), 'scalar');
  }

  /** A node with several outputs. */
  override ops(
    opType: string,
    inputs: readonly (Value | null)[],
    outputCount: number,
    attributes: Readonly<Record<string, AttributeValue>> = {},
    options: OpOptions = {},
  ): Value[] {
    const identities = inputs.map((input) => (input ? this.#identity(input) : null));
    const key = expressionKey(opType, options.domain ?? '', identities, attributes);
    const known = key === null ? undefined : this.#expressions.get(key);
    if (known && known.length >= outputCount) return known;
    const named = { ...options, name: this.#nodeName(options.name ?? opType) };
    const outputs = super.ops(opType, inputs, outputCount, attributes, named);
    const node = outputs[0]?.producer;
    if (node) this.#inference.add(node);
    for (const output of outputs) output.type = this.types.of(output);
    if (key !== null && node && !isRandom(node)) this.#expressions.set(key, outputs);
    return outputs;
  }

  /** A name that no other node has: onnxruntime asks for that. */
  #nodeName(base: string): string {
    const scoped = this.#scope === '' || base === this.#scope ? base : `${this.#scope}/${base}`;
    let name = scoped;
    let count = this.#nodeNames.get(scoped) ?? 0;
    while (this.#nodeNames.has(name)) name = `${scoped}_${++count}`;
    this.#nodeNames.set(scoped, count);
    this.#nodeNames.set(name, 0);
    return name;
  }

  #identity(value: Value): number {
    const known = this.#identities.get(value) ?? this.#identities.size;
    this.#identities.set(value, known);
    return known;
  }

  /** Lengths of a value. @throws ReparamError (internal) when one is unknown. */
  dims(value: Value): readonly number[] {
    const shape = this.types.of(value)?.shape;
    if (shape && isKnown(shape)) return shape;
    throw internalError(`the shape of '${value.name}' is not known (${shape ?? 'no rank'})`);
  }

  size(value: Value): number {
    return elementCount(this.dims(value));
  }

  dtype(value: Value): DataType {
    const type = this.types.of(value);
    if (!type) throw internalError(`the type of '${value.name}' is not known`);
    return type.dtype;
  }
}
