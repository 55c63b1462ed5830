import { inputError } from '../../errors.js';
import {
  type AttributeValue,
  type Dim,
  Graph,
  GraphBuilder,
  GraphTypes,
  type Model,
  type Value,
} from '../../ir/index.js';
import type { DataType, Tensor } from '../../tensor/index.js';
import { permute, reshaped } from './permute.js';

const opset = 17;

/**
 * A tensor of the TensorFlow.js model on its way through the ONNX graph. Lengths and axes are always named as
 * TensorFlow.js does; where `channelsFirst` holds, the ONNX value has the last axis in the second place.
 */
export interface Signal {
  readonly value: Value;
  readonly channelsFirst: boolean;
}

/** A weight, or another constant of the model. */
export interface Constant {
  readonly name: string;
  readonly tensor: Tensor;
}

/** How a constant is laid out for an ONNX operator: reshaped, its axes exchanged, and reshaped again. */
export interface Form {
  readonly from?: readonly number[];
  readonly perm?: readonly number[];
  readonly to?: readonly number[];
}

/** Where the axes go when the last becomes the second: [N, H, W, C] → [N, C, H, W]. */
export const lastToSecond = (rank: number): number[] => [
  0,
  rank - 1,
  ...Array.from({ length: rank - 2 }, (_, i) => i + 1),
];

/** [N, C, H, W] → [N, H, W, C]. */
export const secondToLast = (rank: number): number[] => [
  0,
  ...Array.from({ length: rank - 2 }, (_, i) => i + 2),
  1,
];

export const plainSignal = (value: Value): Signal => ({ value, channelsFirst: false });

/** Writes an ONNX graph node by node, and keeps account of shapes and of where the channels are. */
export class NetworkWriter {
  /** Path of the model, for messages. */
  readonly file: string;
  /** The layer or node that is being written: it names nodes. */
  scope = '';
  readonly #builder: GraphBuilder;
  readonly #types = new GraphTypes(opset);
  readonly #constants = new Map<string, Value>();
  readonly #nodeNames = new Set<string>();
  /** Values that are the same tensor with the channels at the other place. */
  readonly #transposed = new Map<Value, Value>();

  constructor(name: string, file: string) {
    this.file = file;
    this.#builder = new GraphBuilder(new Graph(name));
  }

  /** @param shape lengths as TensorFlow.js names them, null for open ones; the first axis counts images. */
  input(name: string, dtype: DataType, shape: readonly (number | null)[], first: boolean): Signal {
    const dims = shape.map((dim, axis): Dim => dim ?? (axis === 0 ? 'N' : `${name}_${axis}`));
    const rank = dims.length;
    const channelsFirst = first && rank === 4;
    const order = channelsFirst ? lastToSecond(rank) : dims.keys();
    const ordered = [...order].map((axis) => dims[axis] as Dim);
    return { value: this.#builder.input(name, ordered, dtype), channelsFirst };
  }

  /** A node with one output, named after the layer. */
  op(
    opType: string,
    inputs: readonly (Value | null)[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
  ): Value {
    const name = this.#nodeName(`${this.scope}/${opType}`);
    const value = this.#builder.op(opType, inputs, attributes, { name });
    if (value.producer) this.#types.add(value.producer);
    value.type = this.#types.types.of(value);
    return value;
  }

  /** An initializer; each form of a constant is made once. */
  constant({ name, tensor }: Constant, form: Form = {}): Value {
    const { from = tensor.dims, perm } = form;
    const key = JSON.stringify([name, form]);
    const known = this.#constants.get(key);
    if (known) return known;
    const source = reshaped(tensor, from);
    const ordered = perm ? permute(source, perm) : source;
    const value = this.#builder.constant(reshaped(ordered, form.to ?? ordered.dims), name);
    this.#constants.set(key, value);
    return value;
  }

  /** A list that belongs to an operator: a shape, axes, pads. */
  int64s(name: string, values: readonly number[]): Value {
    return this.#builder.int64s(values, `${this.scope}/${name}`);
  }

  /** Numbers that belong to an operator, as a Constant node: initializers are for what may be trained. */
  fixed(tensor: Tensor): Value {
    return this.op('Constant', [], { value: tensor });
  }

  /** The lengths of a signal. @throws ReparamError where not even their number is known. */
  shape({ value, channelsFirst }: Signal): readonly Dim[] {
    const dims = this.#types.types.of(value)?.shape;
    if (!dims) throw this.fault('works on a tensor whose number of axes is unknown');
    if (!channelsFirst) return dims;
    return secondToLast(dims.length).map((axis) => dims[axis] as Dim);
  }

  /** Where an axis of the TensorFlow.js tensor is in the ONNX value. Negative axes count from the end. */
  axis(signal: Signal, axis: number): number {
    const rank = this.shape(signal).length;
    const counted = axis < 0 ? axis + rank : axis;
    if (counted < 0 || counted >= rank) {
      throw this.fault(`works on axis ${axis} of a tensor with ${rank} axes`);
    }
    return signal.channelsFirst ? (secondToLast(rank)[counted] as number) : counted;
  }

  /** The value with its axes in the order of TensorFlow.js. */
  plain(signal: Signal): Value {
    return signal.channelsFirst ? this.#transpose(signal, secondToLast) : signal.value;
  }

  /** The value with the last axis in the second place; tensors of two axes are so already. */
  first(signal: Signal): Value {
    const rank = this.shape(signal).length;
    if (signal.channelsFirst || rank < 3) return signal.value;
    return this.#transpose(signal, lastToSecond);
  }

  /** The images [N, C, ...] of an operator with this data format. */
  image(signal: Signal, channelsLast: boolean): Value {
    return channelsLast ? this.first(signal) : this.plain(signal);
  }

  /** What {@link image} has been made into. */
  fromImage(value: Value, channelsLast: boolean): Signal {
    const rank = this.shape(plainSignal(value)).length;
    return { value, channelsFirst: channelsLast && rank > 2 };
  }

  /** Ends the graph with an output. @returns its name: `name`, or one like it where that is taken. */
  output(name: string, signal: Signal, first: boolean): string {
    this.scope = name;
    const rank = this.shape(signal).length;
    const final = first && rank === 4 ? this.first(signal) : this.plain(signal);
    const { graph } = this.#builder;
    // An input, a constant or another output cannot have a second name.
    const taken = final.producer === null || final.outputOf.size > 0;
    const value = taken ? this.op('Identity', [final]) : final;
    value.name = graph.uniqueName(name);
    this.#builder.output(value);
    return value.name;
  }

  model(): Model {
    this.#builder.graph.pruneInitializers();
    return this.#builder.model(opset);
  }

  /** An error about what is being written. */
  fault(problem: string, hint?: string): Error {
    const message = `${this.file}: '${this.scope}' ${problem}`;
    return inputError(message, { at: this.scope, ...(hint === undefined ? {} : { hint }) });
  }

  #transpose(signal: Signal, order: (rank: number) => number[]): Value {
    const { value } = signal;
    const known = this.#transposed.get(value);
    if (known) return known;
    const result = this.op('Transpose', [value], { perm: order(this.shape(signal).length) });
    this.#transposed.set(value, result);
    this.#transposed.set(result, value);
    return result;
  }

  #nodeName(base: string): string {
    let name = base;
    for (let i = 1; this.#nodeNames.has(name); i++) name = `${base}_${i}`;
    this.#nodeNames.add(name);
    return name;
  }
}

/** A network that was written to its end. */
export interface ImportedGraph {
  readonly writer: NetworkWriter;
  /** Names of the inputs and outputs in the ONNX file, in the order of the model. */
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** What the outputs are called in TensorFlow.js. */
  readonly outputSources: readonly string[];
}
