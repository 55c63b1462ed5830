import {
  type Dim,
  GraphBuilder,
  inferTypes,
  type Model,
  type Value,
} from '../../../src/ir/index.js';
import { type DataType, Tensor, uniform } from '../../../src/tensor/index.js';
import { count, type NdArray } from '../../reference/array.js';
import type { Choices } from '../../reference/choices.js';

/** A value under construction, with its dims in each variant of the input's size. */
export interface Known {
  readonly value: Value;
  readonly dims: readonly (readonly number[])[];
}

/** A model and inputs for it, one map a size. */
export interface RandomModel {
  readonly model: Model;
  readonly feeds: readonly ReadonlyMap<string, NdArray>[];
}

/** A choice that leads to no valid graph: what was built for it is taken back. */
export class Impossible extends Error {}

/**
 * A graph that grows by random decisions. Numbers are small multiples of 1/2, so that most merged weights are exact in
 * float32.
 */
export class Network {
  readonly b = new GraphBuilder();
  readonly opset: number;
  /** The type of every float in the graph. */
  readonly dtype: DataType;
  /** Values that later steps may start from. */
  readonly values: Known[] = [];
  readonly #random: () => number;
  readonly #feeds: Map<string, NdArray>[] = [];

  #choices: Choices;

  constructor(c: Choices) {
    this.#choices = c;
    this.opset = c.of(17, 13, 11, 18, 19, 21);
    this.dtype = c.once(12) ? c.of<DataType>('float16', 'float64') : 'float32';
    this.#random = uniform(c.below(5040));
  }

  get c(): Choices {
    return this.#choices;
  }

  /** What comes next is decided by other numbers, so that a step does not depend on how many the last one took. */
  decideBy(choices: Choices): void {
    this.#choices = choices;
  }

  /** @param dims the input's lengths in each variant */
  input(name: string, shape: readonly Dim[], dims: readonly (readonly number[])[]): Known {
    const value = this.b.input(name, shape, this.dtype);
    for (const [i, lengths] of dims.entries()) {
      this.#feeds[i] ??= new Map();
      this.#feeds[i].set(name, { dims: lengths, data: this.halves(count(lengths), 6) });
    }
    return this.keep({ value, dims });
  }

  keep(known: Known): Known {
    this.values.push(known);
    return known;
  }

  /** One of the values, the last one most often. */
  any(): Known {
    const back = this.c.of(0, 0, 0, 0, 1, 2, 3, 5);
    return this.values[Math.max(0, this.values.length - 1 - back)] as Known;
  }

  /** Runs `build`, and takes back what it added when that turns out impossible. */
  attempt<T>(build: () => T): T | null {
    const { graph } = this.b;
    const nodes = graph.nodes.length;
    const values = this.values.length;
    try {
      return build();
    } catch (error) {
      if (!(error instanceof Impossible)) throw error;
      for (const node of graph.nodes.splice(nodes)) node.detach();
      this.values.length = values;
      graph.pruneInitializers();
      return null;
    }
  }

  /** `length` multiples of 1/2 up to ±`most` halves. */
  halves(length: number, most = 3): Float64Array {
    return Float64Array.from(
      { length },
      () => (Math.floor(this.#random() * (2 * most + 1)) - most) / 2,
    );
  }

  /** A weight: dense, sparse, or zero but for a few. */
  weights(dims: readonly number[]): Value {
    const values = this.halves(count(dims));
    const kept = this.c.of(1, 1, 1, 0.5, 0.15);
    return this.#stored(
      Tensor.fromNumbers(
        this.dtype,
        dims,
        values.map((v) => (this.#random() < kept ? v : 0)),
      ),
    );
  }

  /** A constant as an initializer, or now and then behind nodes that compute it. */
  #stored(tensor: Tensor): Value {
    const value = this.b.constant(tensor);
    const way = this.c.below(40);
    if (way === 39) return this.b.op('Identity', [value]);
    if (way === 38) return this.b.op('Constant', [], { value: tensor });
    if (way === 37) return this.b.op('Mul', [value, this.number(2)]);
    return value;
  }

  /** A scalar that is an initializer. */
  number(value: number): Value {
    return this.b.constant(Tensor.scalar(this.dtype, value));
  }

  constant(dims: readonly number[], values: ArrayLike<number>): Value {
    return this.#stored(Tensor.fromNumbers(this.dtype, dims, values));
  }

  /** The result of a node, whose dims in each variant must be positive. */
  result(value: Value, dims: readonly (readonly number[])[]): Known {
    if (dims.some((lengths) => lengths.some((length) => length < 1))) throw new Impossible();
    return { value, dims };
  }

  like(known: Known, value: Value): Known {
    return { value, dims: known.dims };
  }

  /** Values that nobody reads become outputs. @param typed declares the types of all values */
  finish(typed: boolean): RandomModel {
    const { graph } = this.b;
    for (const node of graph.nodes) {
      for (const value of node.results) {
        if (value.users.size === 0 && value.outputOf.size === 0) this.b.output(value);
      }
    }
    if (graph.outputs.length === 0) {
      this.b.output(this.b.op('Relu', [graph.inputs[0] as Value]));
    }
    graph.pruneInitializers();
    const model = this.b.model(this.opset);
    const types = inferTypes(model);
    for (const output of graph.outputs) output.type = types.of(output);
    if (typed) {
      for (const node of graph.nodes)
        for (const value of node.results) value.type = types.of(value);
    }
    return { model, feeds: this.#feeds };
  }
}

export const sameDims = (a: Known, b: Known): boolean => String(a.dims) === String(b.dims);
