import type { Graph, Value } from '../ir/index.js';
import type { Fan, Fill } from '../models/initialization.js';
import { parameterSeed } from '../models/initialization.js';
import { type DataType, elementCount, Tensor, uniform } from '../tensor/index.js';

/** An initializer of a block. */
export interface Parameter {
  readonly value: Value;
  readonly dims: readonly number[];
  /** Its elements, as its type holds them; changes count after {@link ParameterMaker.store}. */
  readonly data: Float64Array;
}

/** Uniform with variance 2/fan-in: PyTorch's `kaiming_uniform_` with `a = 0`. */
export const kaimingUniform: Fill = (values, fan, seed) => {
  const next = uniform(seed);
  const bound = Math.sqrt(6 / fan.in);
  for (let i = 0; i < values.length; i++) values[i] = bound * (2 * next() - 1);
};

/** The same number everywhere. */
export const filled =
  (value: number): Fill =>
  (values) => {
    values.fill(value);
  };

/** PyTorch's fan of a weight [out, in / group, ...kernel]. */
export function fanOf(dims: readonly number[]): Fan {
  const [out = 1, inputs = 1, ...kernel] = dims;
  const volume = elementCount(kernel);
  return { in: inputs * volume, out: out * volume };
}

/** Makes the parameters of one block. */
export class ParameterMaker {
  readonly dtype: DataType;
  readonly made: Parameter[] = [];
  readonly #graph: Graph;
  readonly #prefix: string;
  readonly #seed: number;
  readonly #known: (name: string) => Tensor | null;

  /**
   * @param prefix what the names of all parameters begin with
   * @param known values that parameters of these names have already
   */
  constructor(
    graph: Graph,
    prefix: string,
    dtype: DataType,
    seed: number,
    known: (name: string) => Tensor | null = () => null,
  ) {
    this.#graph = graph;
    this.#prefix = prefix;
    this.dtype = dtype;
    this.#seed = seed;
    this.#known = known;
  }

  /** A parameter that begins as `fill` draws it, unless its value is known. */
  drawn(name: string, dims: readonly number[], fill: Fill, fan: Fan = fanOf(dims)): Parameter {
    const values = new Float32Array(elementCount(dims));
    fill(values, fan, parameterSeed(this.#seed, `${this.#prefix}${name}`));
    return this.given(name, dims, values);
  }

  /** A parameter that begins with these elements, unless its value is known. */
  given(name: string, dims: readonly number[], values: ArrayLike<number>): Parameter {
    const full = `${this.#prefix}${name}`;
    const tensor = this.#known(full) ?? Tensor.fromNumbers(this.dtype, dims, values);
    const value = this.#graph.addInitializer(full, tensor);
    const parameter = { value, dims, data: tensor.toNumbers() };
    this.made.push(parameter);
    return parameter;
  }

  /** Rounds changed elements to the parameter's type. */
  store({ value, dims, data }: Parameter): void {
    value.constant = Tensor.fromNumbers(this.dtype, dims, data);
  }
}
