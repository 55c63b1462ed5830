import { type AttributeValue, float, type GraphBuilder, type Value } from '../ir/index.js';
import { padsBegin, padsEnd, type Window } from '../linear/index.js';
import { type DataType, Tensor } from '../tensor/index.js';
import type { Parameter } from './parameters.js';

/** What a Slice takes for the end of any axis. */
const farEnd = 2 ** 31 - 1;

/** Writes the nodes of a block, named after its branches. Whatever is not to be learned is a Constant node. */
export class Emitter {
  readonly #builder: GraphBuilder;
  readonly #prefix: string;
  readonly #dtype: DataType;

  readonly #names: Set<string>;

  /** @param names of the graph's nodes, which must stay unique */
  constructor(builder: GraphBuilder, prefix: string, dtype: DataType, names: Set<string>) {
    this.#builder = builder;
    this.#names = names;
    this.#prefix = prefix;
    this.#dtype = dtype;
  }

  op(
    opType: string,
    name: string,
    inputs: readonly Value[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
  ): Value {
    const base = `${this.#prefix}${name}`;
    let unique = base;
    for (let i = 1; this.#names.has(unique); i++) unique = `${base}_${i}`;
    this.#names.add(unique);
    return this.#builder.op(opType, inputs, attributes, { name: unique });
  }

  constant(name: string, tensor: Tensor): Value {
    return this.op('Constant', name, [], { value: tensor });
  }

  /** Numbers of the block's type. */
  numbers(name: string, dims: readonly number[], values: ArrayLike<number>): Value {
    return this.constant(name, Tensor.fromNumbers(this.#dtype, dims, values));
  }

  /** Int64 numbers: a shape, pads, axes. */
  list(name: string, values: readonly number[]): Value {
    return this.constant(name, Tensor.int64s(values));
  }

  /** A vector [channels] as [channels, 1, …], to go with images. */
  perChannel(name: string, vector: Value, rank: number): Value {
    const shape = [-1, ...Array<number>(rank).fill(1)];
    return this.op('Reshape', `${name}.reshaped`, [vector, this.list(`${name}.shape`, shape)]);
  }

  /** Windows of ONNX's kind: what no pad can express is cut off the image first. */
  cropped(name: string, x: Value, axes: readonly Window[]): Value {
    const crops = axes.map((w) => [Math.max(0, -padsBegin(w)), Math.max(0, -padsEnd(w))] as const);
    const cut = crops.flatMap(([begin, end], axis) => (begin + end > 0 ? [axis] : []));
    if (cut.length === 0) return x;
    const lists = {
      starts: cut.map((axis) => crops[axis]?.[0] ?? 0),
      ends: cut.map((axis) => (crops[axis]?.[1] ? -crops[axis][1] : farEnd)),
      axes: cut.map((axis) => axis + 2),
    };
    const operands = Object.entries(lists).map(([key, values]) =>
      this.list(`${name}.crop.${key}`, values),
    );
    return this.op('Slice', `${name}.crop`, [x, ...operands]);
  }

  /** Zeros around an image; pads of windows that are not positive do nothing. */
  padded(name: string, x: Value, axes: readonly Window[]): Value {
    const pads = positivePads(axes);
    if (pads.every((pad) => pad === 0)) return x;
    const all = [0, 0, ...pads.slice(0, axes.length), 0, 0, ...pads.slice(axes.length)];
    return this.op('Pad', `${name}.pad`, [x, this.list(`${name}.pads`, all)]);
  }

  conv(
    name: string,
    x: Value,
    axes: readonly Window[],
    group: number,
    parameters: readonly Value[],
  ): Value {
    return this.op('Conv', name, [this.cropped(name, x, axes), ...parameters], {
      kernel_shape: axes.map(({ size }) => size),
      strides: axes.map(({ stride }) => stride),
      pads: positivePads(axes),
      dilations: axes.map(({ dilation }) => dilation),
      group,
    });
  }

  averagePool(name: string, x: Value, axes: readonly Window[]): Value {
    return this.op('AveragePool', name, [this.cropped(name, x, axes)], {
      kernel_shape: axes.map(({ size }) => size),
      strides: axes.map(({ stride }) => stride),
      pads: positivePads(axes),
      count_include_pad: 1,
    });
  }

  norm(
    name: string,
    x: Value,
    parameters: readonly Parameter[],
    epsilon: number,
    momentum: number,
  ): Value {
    const operands = parameters.map(({ value }) => value);
    const attributes = { epsilon: float(epsilon), momentum: float(momentum) };
    return this.op('BatchNormalization', name, [x, ...operands], attributes);
  }
}

/**
 * Whether an AveragePool can have such windows: before opset 19 it has no dilation, and its pads must be shorter than its
 * windows. (onnxruntime moves a Pad in front of it into it, and then refuses its own work.)
 */
export const fitsPool = (w: Window): boolean =>
  w.dilation === 1 && Math.max(padsBegin(w), padsEnd(w)) < w.size;

const positivePads = (axes: readonly Window[]): number[] => [
  ...axes.map((w) => Math.max(0, padsBegin(w))),
  ...axes.map((w) => Math.max(0, padsEnd(w))),
];
