import type { GraphBuilder, Value } from '../../../ir/index.js';

/** What the convolution does that branches stand for. */
export interface ConvShape {
  /** O */
  readonly outputs: number;
  /** I */
  readonly inputs: number;
  /** k, odd: the kernel is `[O, I, k, k]`, its padding (k − 1) / 2. */
  readonly kernel: number;
  readonly stride: number;
  /** How many positions a batch has behind it: N · H · W. */
  readonly positions: number;
}

/** Where a branch is built. */
export interface Site {
  readonly builder: GraphBuilder;
  /** `[N, I, H, W]` */
  readonly input: Value;
  readonly shape: ConvShape;
  /**
   * A tensor of the model, learned unless it is frozen; its name begins with the branch's.
   * @param start makes its elements from normal numbers; by default they are as small as suits a weight `[O, I, …]`
   */
  initializer(name: string, dims: readonly number[], start?: (normal: number) => number): Value;
  /** A constant, which nothing trains. */
  constant(dims: readonly number[], values: ArrayLike<number>): Value;
}

/** Values of a branch by the names that it gave them. */
export type Read = (name: string) => Float64Array;

/** One of the branches of a layer `y = Σ branch(x)`, each of which is a convolution in the end. */
export interface Branch {
  /** @returns `[N, O, H, W]` */
  build(site: Site): Value;
  /** Its part of the one kernel, `[O, I, k, k]`. */
  kernel(shape: ConvShape, read: Read): Float64Array;
  /** Its part of G: `sᵖ` wherever it has weights that are learned; p is 2 for gradients. `[O, I, k, k]` */
  scaling(shape: ConvShape, power: number): Float64Array;
  readonly bias?: {
    /** Its part of the one bias, `[O]`. */
    values(shape: ConvShape, read: Read): Float64Array;
    /** The same as `scaling` for the bias, `[O]`; null where it is not learned. */
    scaling: ((shape: ConvShape, power: number) => Float64Array) | null;
  };
  /** Names of initializers that are not trained. */
  readonly frozen?: readonly string[];
}

/** A kernel `[O, I, k, k]`, element by element. */
export function kernelOf(
  { outputs, inputs, kernel }: ConvShape,
  value: (o: number, i: number, row: number, column: number) => number,
): Float64Array {
  const area = kernel * kernel;
  return Float64Array.from({ length: outputs * inputs * area }, (_, flat) => {
    const [tap, channel] = [flat % area, Math.floor(flat / area)];
    const [o, i] = [Math.floor(channel / inputs), channel % inputs];
    return value(o, i, Math.floor(tap / kernel), tap % kernel);
  });
}

/** Where an element of a kernel stands. */
export const kernelIndex = (
  { inputs, kernel }: ConvShape,
  o: number,
  i: number,
  row: number,
  column: number,
): number => ((o * inputs + i) * kernel + row) * kernel + column;

/** The rows of a kernel or bias `[O, …]`, each times a number. */
export function scaleRows(values: Float64Array, factors: ArrayLike<number>): Float64Array {
  const row = values.length / factors.length;
  return values.map((value, flat) => value * (factors[Math.floor(flat / row)] as number));
}

export function sum(parts: readonly Float64Array[]): Float64Array {
  const [first = new Float64Array(), ...others] = parts;
  const total = first.slice();
  for (const part of others) {
    for (let i = 0; i < total.length; i++) total[i] = (total[i] as number) + (part[i] as number);
  }
  return total;
}
