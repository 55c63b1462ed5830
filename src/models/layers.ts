import { inputError } from '../errors.js';
import {
  type AttributeValue,
  type Dim,
  float,
  Graph,
  GraphBuilder,
  type Model,
  type Value,
} from '../ir/index.js';
import { elementCount, Tensor } from '../tensor/index.js';
import {
  type Fan,
  type Fill,
  type Initialization,
  initialTensor,
  ones,
  parameterSeed,
  zeros,
} from './initialization.js';
import type { ModelOptions } from './model-builder.js';
import { channelsOf, lengthOf, shapeOf } from './shapes.js';

export interface WindowOptions {
  readonly stride?: number;
  /** Border on all four sides, in pixels. */
  readonly padding?: number;
}

export interface ConvOptions extends WindowOptions {
  readonly groups?: number;
  readonly bias?: boolean;
}

export interface PoolOptions extends WindowOptions {
  /** Counts a last window that hangs over the edge (PyTorch's `ceil_mode`). */
  readonly partial?: boolean;
}

/**
 * Layers of an image classifier under construction. The first argument of each is the path of the PyTorch module, which
 * names the node and, with `.weight` and so on, its parameters; a module called again gets `_1`, `_2` …
 */
export class Layers {
  /** The image [N, C, H, W]. */
  readonly input: Value;
  readonly classes: number;
  readonly #builder: GraphBuilder;
  readonly #initialization: Initialization;
  readonly #seed: number;
  readonly #nodeNames = new Set<string>();
  readonly #constants = new Map<string, Value>();

  constructor(name: string, options: Required<ModelOptions>, initialization: Initialization) {
    this.#builder = new GraphBuilder(new Graph(name));
    this.#initialization = initialization;
    this.#seed = options.seed;
    this.classes = options.classes;
    this.input = this.#builder.input('input', ['N', ...options.image]);
  }

  op(
    opType: string,
    name: string,
    inputs: readonly Value[],
    shape: readonly Dim[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
  ): Value {
    const value = this.#builder.op(opType, inputs, attributes, { name: this.#nodeName(name) });
    value.type = { dtype: 'float32', shape };
    return value;
  }

  /** A Constant node, made once; initializers are for what may be learned. */
  constant(name: string, tensor: Tensor): Value {
    const known = this.#constants.get(name);
    if (known) return known;
    const value = this.op('Constant', name, [], tensor.dims, { value: tensor });
    value.type = { dtype: tensor.dtype, shape: tensor.dims };
    this.#constants.set(name, value);
    return value;
  }

  /** [N, Cin, H, W] → [N, channels, H', W'] (Conv), with a square kernel. */
  conv(name: string, x: Value, channels: number, kernel: number, options: ConvOptions = {}): Value {
    const { stride = 1, padding = 0, groups = 1, bias = false } = options;
    const dims = [channels, channelsOf(x) / groups, kernel, kernel];
    const parameters = this.#weights(name, dims, bias, 'conv');
    const shape = [...this.#window(name, x, kernel, stride, 2 * padding)];
    shape[1] = channels;
    return this.op('Conv', name, [x, ...parameters], shape, {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      pads: [padding, padding, padding, padding],
      dilations: [1, 1],
      group: groups,
    });
  }

  /** BatchNormalization over the channels of [N, C, H, W], with the running statistics. */
  norm(name: string, x: Value, epsilon = 1e-5): Value {
    const dims = [channelsOf(x)];
    const parts = { weight: ones, bias: zeros, running_mean: zeros, running_var: ones };
    const fan = { in: 1, out: 1 };
    const parameters = Object.entries(parts).map(([part, fill]) =>
      this.#parameter(`${name}.${part}`, dims, fill, fan),
    );
    const attributes = { epsilon: float(epsilon), momentum: float(0.9) };
    return this.op('BatchNormalization', name, [x, ...parameters], shapeOf(x), attributes);
  }

  relu(name: string, x: Value): Value {
    return this.op('Relu', name, [x], shapeOf(x));
  }

  /** min(max(x, 0), 6) (Clip). */
  relu6(name: string, x: Value): Value {
    const bounds = [0, 6].map((bound) =>
      this.constant(`relu6.${bound}`, Tensor.scalar('float32', bound)),
    );
    return this.op('Clip', name, [x, ...bounds], shapeOf(x));
  }

  /** [N, C, H, W] → [N, C, H', W'] (MaxPool). */
  maxPool(name: string, x: Value, kernel: number, options: PoolOptions = {}): Value {
    const { stride = kernel, padding = 0, partial = false } = options;
    // Ends are padded outright: every runtime agrees on pads, not all agree on `ceil_mode`.
    const ends = [2, 3].map((axis) => {
      const room = lengthOf(x, axis) + 2 * padding - kernel;
      return partial ? padding + Math.ceil(room / stride) * stride - room : padding;
    });
    const shape = this.#window(name, x, kernel, stride, ...ends.map((end) => padding + end));
    return this.op('MaxPool', name, [x], shape, {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      pads: [padding, padding, ...ends],
    });
  }

  add(name: string, a: Value, b: Value): Value {
    return this.op('Add', name, [a, b], shapeOf(a));
  }

  /** Joins channels: [N, C1, H, W], [N, C2, H, W] … → [N, C1 + C2 + …, H, W]. */
  concat(name: string, parts: readonly Value[]): Value {
    const shape = [...shapeOf(parts[0] as Value)];
    shape[1] = parts.reduce((sum, part) => sum + channelsOf(part), 0);
    return this.op('Concat', name, parts, shape, { axis: 1 });
  }

  /** Means over the image: [N, C, H, W] → [N, C]. */
  average(x: Value): Value {
    const shape = shapeOf(x).slice(0, 2);
    return this.flatten(this.op('GlobalAveragePool', 'avgpool', [x], [...shape, 1, 1]));
  }

  /** [N, C, H, W] → [N, C·H·W]. */
  flatten(x: Value): Value {
    const [batch, ...lengths] = shapeOf(x) as [Dim, ...number[]];
    return this.op('Flatten', 'flatten', [x], [batch, elementCount(lengths)], { axis: 1 });
  }

  /** The inference form of Dropout, the identity: `ratio` says what training shall drop. */
  dropout(name: string, x: Value, ratio: number): Value {
    const share = this.constant(`dropout.${ratio}`, Tensor.scalar('float32', ratio));
    return this.op('Dropout', name, [x, share], shapeOf(x));
  }

  /** [N, in] → [N, features] (Gemm with the weight [features, in]). */
  linear(name: string, x: Value, features: number): Value {
    const parameters = this.#weights(name, [features, lengthOf(x, 1)], true, 'linear');
    const shape = [shapeOf(x)[0] as Dim, features];
    return this.op('Gemm', name, [x, ...parameters], shape, { transB: 1 });
  }

  /** Ends the network: its output `logits` [N, classes]. */
  model(logits: Value): Model {
    this.#builder.graph.claimName('logits');
    logits.name = 'logits';
    this.#builder.output(logits);
    return this.#builder.model(17);
  }

  #nodeName(base: string): string {
    let name = base;
    for (let i = 1; this.#nodeNames.has(name); i++) name = `${base}_${i}`;
    this.#nodeNames.add(name);
    return name;
  }

  #weights(
    name: string,
    dims: readonly number[],
    bias: boolean,
    kind: keyof Initialization,
  ): Value[] {
    const [out, inputs, ...kernel] = dims as [number, number, ...number[]];
    const fan = { in: inputs * elementCount(kernel), out: out * elementCount(kernel) };
    const fill = this.#initialization[kind];
    const weight = this.#parameter(`${name}.weight`, dims, fill.weight, fan);
    return bias ? [weight, this.#parameter(`${name}.bias`, [out], fill.bias, fan)] : [weight];
  }

  #parameter(name: string, dims: readonly number[], fill: Fill, fan: Fan): Value {
    const seed = parameterSeed(this.#seed, name);
    return this.#builder.constant(initialTensor(dims, fill, fan, seed), name);
  }

  /** Shape after windows of this size; `border` counts both sides of an axis together. */
  #window(name: string, x: Value, kernel: number, stride: number, ...border: number[]): Dim[] {
    const [batch, channels, ...lengths] = shapeOf(x) as [Dim, number, number, number];
    const windows = lengths.map((length, axis) => {
      const room = length + (border[axis] ?? border[0] ?? 0) - kernel;
      if (room >= 0) return Math.floor(room / stride) + 1;
      const { name: model } = this.#builder.graph;
      const [, , height, width] = shapeOf(this.input);
      throw inputError(`an image of ${height}×${width} pixels is too small for '${model}'`, {
        at: name,
        hint: `'${name}' would have nothing left to look at; use larger images, or a model for small ones (see the list of models)`,
      });
    });
    return [batch, channels, ...windows];
  }
}
