import { GraphBuilder, type Model, type Value } from '../../../ir/index.js';
import { elementCount, normal, Tensor } from '../../../tensor/index.js';
import type { Values } from '../trainer.js';
import type { Branch, ConvShape } from './branch.js';
import { type Factors, mergedConvs, moveFirstBranches, type Part, scalings } from './merged.js';
import { window } from './window.js';

export const batchSize = 4;
/** `[C, H, W]` */
export const imageShape = [4, 8, 8] as const;
export const classes = 3;
const channels = 4;
const linear = ['linear.weight', 'linear.bias'];

/** A convolution as branches whose results are added. */
export interface Layer {
  readonly branches: readonly Branch[];
  /** 3 by default. */
  readonly kernel?: number;
  /** 1 by default. */
  readonly stride?: number;
}

/** A small classifier: convolutions in the form of branches with tanh behind each, and a linear layer. */
export interface Network {
  readonly model: Model;
  readonly layers: readonly Layer[];
  readonly shapes: readonly ConvShape[];
  /** Initializers by name. */
  readonly start: Values;
  /** Patterns of the parameters that are not trained. */
  readonly frozen: readonly string[];
  /** Parameters of the network with one convolution a layer: `conv1.weight`, …, `linear.weight`. */
  merged(values: Values): Values;
  /** What its parameters must be moved to, so that they merge to what is wanted. */
  moved(values: Values, wanted: Values): Values;
  /** `G = Σ sᵖ M` by the name of the merged parameter; p is 2 by default. */
  scaling(power?: number): Map<string, Factors>;
}

const pick = (values: Values, names: readonly string[]): Values =>
  new Map([...values].filter(([name]) => names.includes(name)));

/** Names initializers, and fills them: with what is given, else with random numbers. */
class Filler {
  readonly builder = new GraphBuilder();
  readonly #next: () => number;
  readonly #given: Values;

  constructor(seed: number, given: Values) {
    this.#next = normal(seed);
    this.#given = given;
  }

  initializer(
    name: string,
    dims: readonly number[],
    from: (x: number) => number = (x) => x / Math.sqrt(elementCount(dims.slice(1))),
  ): Value {
    const random = Float64Array.from({ length: elementCount(dims) }, () => from(this.#next()));
    return this.builder.floats(dims, this.#given.get(name) ?? random, name);
  }

  constant(dims: readonly number[], values: ArrayLike<number>): Value {
    const value = Tensor.fromNumbers('float32', dims, values);
    return this.builder.op('Constant', [], { value });
  }
}

/** @param given values of initializers; all others are random numbers, which follow from the seed */
export function network(
  layers: readonly Layer[],
  { seed = 1, given = new Map() as Values } = {},
): Network {
  const filler = new Filler(seed, given);
  const { builder } = filler;
  const parts: Part[] = [];
  const shapes: ConvShape[] = [];
  let [inputs, side]: [number, number] = [imageShape[0], imageShape[1]];
  let x = builder.input('input', ['N', ...imageShape]);
  for (const [i, { branches, kernel = 3, stride = 1 }] of layers.entries()) {
    side = Math.ceil(side / stride);
    const positions = batchSize * side * side;
    const shape = { outputs: channels, inputs, kernel, stride, positions };
    const layer = `conv${i + 1}`;
    const results = branches.map((branch, k) => {
      // A layer's only branch is called as the layer is.
      const prefix = branches.length === 1 ? layer : `${layer}.${k}`;
      parts.push({ layer, prefix, branch, shape });
      return branch.build({
        builder,
        input: x,
        shape,
        initializer: (name, dims, start) => filler.initializer(`${prefix}.${name}`, dims, start),
        constant: (dims, values) => filler.constant(dims, values),
      });
    });
    x = builder.op('Tanh', [results.reduce((a, b) => builder.op('Add', [a, b]))]);
    shapes.push(shape);
    inputs = channels;
  }
  const features = channels * side ** 2;
  const weights = [
    filler.initializer('linear.weight', [classes, features]),
    filler.initializer('linear.bias', [classes], (x) => x / 8),
  ];
  const flat = builder.op('Flatten', [x]);
  builder.output(builder.op('Gemm', [flat, ...weights], { transB: 1 }));
  return { model: builder.model(17), layers, shapes, ...describe(builder, parts) };
}

function describe(
  { graph }: GraphBuilder,
  parts: readonly Part[],
): Pick<Network, 'start' | 'frozen' | 'merged' | 'moved' | 'scaling'> {
  return {
    start: new Map(
      [...graph.initializers].flatMap(({ name, constant }) =>
        constant ? [[name, constant.toNumbers()] as const] : [],
      ),
    ),
    frozen: parts.flatMap(({ branch, prefix }) =>
      (branch.frozen ?? []).map((name) => `${prefix}.${name}`),
    ),
    merged: (values) => new Map([...mergedConvs(parts, values), ...pick(values, linear)]),
    moved: (values, wanted) =>
      new Map([...moveFirstBranches(parts, values, wanted), ...pick(wanted, linear)]),
    scaling: (power = 2) => scalings(parts, power),
  };
}

/** The network with one convolution a layer, which begins where the branched one does. */
export function plainNetwork({ layers, merged, start }: Network): Network {
  const plain = layers.map((layer): Layer => {
    const { branches, kernel = 3 } = layer;
    const biases = branches.flatMap(({ bias }) => bias ?? []);
    const single = window(kernel, kernel, { bias: biases.length > 0 });
    const learned = biases.length === 0 || biases.some(({ scaling }) => scaling !== null);
    return { ...layer, branches: [learned ? single : { ...single, frozen: ['bias'] }] };
  });
  return network(plain, { given: merged(start) });
}
