import { internalError, refuse } from '../../errors.js';
import type { Value } from '../../ir/index.js';
import type { Kernel } from '../../linear/index.js';
import { zeros } from '../../models/initialization.js';
import { elementCount } from '../../tensor/index.js';
import type { BlockBuilder } from '../block-builder.js';
import type { ConvBlock } from '../branch-type.js';
import { hasMiddle } from '../conv-site.js';
import { filled, kaimingUniform, type Parameter } from '../parameters.js';
import { compose } from '../term.js';
import { plusIdentity, type Weight, weightOf } from '../weights.js';

/** Depthwise filters an input channel in the depthwise separable piece. */
const expansion = 8;

/** What the pieces are multiplied by at first. */
const firstFactors = { origin: 0.25, avg: 0.25, prior: 0, '1x1_kxk': 0.5, '1x1': 1, dws: 0.5 };

type Piece = keyof typeof firstFactors;

/** Makes the pieces [out, in / group, ...kernel] that a weight is the sum of. */
class Pieces {
  readonly block: BlockBuilder;
  readonly factors: Parameter[] = [];
  readonly #kernel: Kernel;

  constructor(block: BlockBuilder) {
    this.block = block;
    this.#kernel = block.site.kernel;
  }

  get taps(): number {
    return elementCount(this.#kernel.size);
  }

  get width(): number {
    return this.#kernel.inputs / this.#kernel.group;
  }

  drawn(name: string, dims: readonly number[]): Parameter {
    return this.block.parameters.drawn(`${name}.weight`, dims, kaimingUniform);
  }

  /** A piece times its learned factors, an output channel each. */
  scaled(name: Piece, { value, kernel }: Weight): Weight {
    const { outputs, size } = kernel;
    const dims = [outputs, 1, ...size.map(() => 1)];
    const factor = this.block.parameters.drawn(`${name}.vector`, dims, filled(firstFactors[name]));
    this.factors.push(factor);
    const row = kernel.data.length / outputs;
    const data = kernel.data.map((w, i) => w * (factor.data[Math.floor(i / row)] as number));
    const product = this.block.emit.op('Mul', `${name}.scaled`, [value, factor.value]);
    return { value: product, kernel: { ...kernel, data } };
  }

  /** A 1×1 weight spread by a fixed pattern [out or 1, 1, ...kernel]. */
  spread(name: Piece, pattern: Float64Array): Weight {
    const { outputs, size } = this.#kernel;
    const { taps, width } = this;
    const point = this.drawn(name, [outputs, width, ...size.map(() => 1)]);
    const rows = pattern.length / taps;
    const fixed = this.block.emit.numbers(`${name}.pattern`, [rows, 1, ...size], pattern);
    const value = this.block.emit.op('Mul', `${name}.spread`, [point.value, fixed]);
    const data = new Float64Array(outputs * width * taps);
    for (let i = 0; i < data.length; i++) {
      const first = rows === 1 ? 0 : Math.floor(i / (width * taps)) * taps;
      data[i] =
        (point.data[Math.floor(i / taps)] as number) * (pattern[first + (i % taps)] as number);
    }
    return { value, kernel: { ...this.#kernel, data } };
  }

  /** 1×1 → k×k as a product of weights. */
  sequence(): Weight {
    const name = '1x1_kxk';
    const { outputs, inputs, group, size } = this.#kernel;
    const { taps, width } = this;
    const channels = group <= 4 ? inputs : 2 * inputs;
    const middle = channels / group;
    const point = size.map(() => 1);
    const dims = [channels, width, ...point];
    const learned = this.block.parameters.drawn(`${name}.conv1.weight`, dims, zeros);
    const first = plusIdentity(this.block.emit, `${name}.conv1`, weightOf(learned, group));
    const second = weightOf(this.drawn(`${name}.conv2`, [outputs, middle, ...size]), group);
    const rows = this.#reshaped(name, second.value, [group, outputs / group, middle, taps]);
    const left = this.#swapped(name, rows, [0, 1, 3, 2]);
    const product = this.block.emit.op('MatMul', name, [
      this.#reshaped(name, left, [group, (outputs / group) * taps, middle]),
      this.#reshaped(name, first.value, [group, middle, width]),
    ]);
    const split = this.#reshaped(name, product, [group, outputs / group, taps, width]);
    const value = this.#full(name, this.#swapped(name, split, [0, 1, 3, 2]));
    const { axes } = this.block.site;
    const outer = { axes, kernel: second.kernel, bias: new Float64Array(outputs) };
    const inner = { axes, kernel: first.kernel, bias: new Float64Array(channels) };
    return { value, kernel: compose(outer, inner, group).kernel };
  }

  /** Depthwise → 1×1 as a product of weights. */
  separable(): Weight {
    const name = 'dws';
    const { outputs, inputs, group, size } = this.#kernel;
    const { taps, width } = this;
    const depth = this.drawn(`${name}.depthwise`, [inputs * expansion, 1, ...size]);
    const points = size.map(() => 1);
    const point = this.drawn(`${name}.pointwise`, [outputs, width * expansion, ...points]);
    const rows = [group, outputs / group, width, expansion];
    const left = this.#swapped(name, this.#reshaped(name, point.value, rows), [0, 2, 1, 3]);
    const right = this.#reshaped(name, depth.value, [group, width, expansion, taps]);
    const product = this.block.emit.op('MatMul', name, [left, right]);
    const value = this.#full(name, this.#swapped(name, product, [0, 2, 1, 3]));
    const data = new Float64Array(outputs * width * taps);
    for (let i = 0; i < data.length; i++) {
      const input = Math.floor(i / taps);
      const o = Math.floor(input / width);
      const channel = Math.floor(o / (outputs / group)) * width + (input % width);
      for (let e = 0; e < expansion; e++) {
        const filter = depth.data[(channel * expansion + e) * taps + (i % taps)] as number;
        data[i] = (data[i] as number) + filter * (point.data[input * expansion + e] as number);
      }
    }
    return { value, kernel: { ...this.#kernel, data } };
  }

  #full(name: string, value: Value): Value {
    const { outputs, size } = this.#kernel;
    return this.#reshaped(name, value, [outputs, this.width, ...size]);
  }

  #reshaped(name: string, value: Value, dims: readonly number[]): Value {
    const shape = this.block.emit.list(`${name}.shape`, dims);
    return this.block.emit.op('Reshape', `${name}.reshaped`, [value, shape]);
  }

  #swapped(name: string, value: Value, perm: readonly number[]): Value {
    return this.block.emit.op('Transpose', `${name}.transposed`, [value], { perm });
  }
}

/** Waves down the rows in the first half of the channels, along the columns in the second. */
function frequencies(outputs: number, height: number, width: number): Float64Array {
  const half = outputs / 2;
  const pattern = new Float64Array(outputs * height * width);
  for (let i = 0; i < pattern.length; i++) {
    const o = Math.floor(i / (height * width));
    const [y, x] = [Math.floor(i / width) % height, i % width];
    pattern[i] =
      o < half
        ? Math.cos((Math.PI * (y + 0.5) * (o + 1)) / height)
        : Math.cos((Math.PI * (x + 0.5) * (o + 1 - half)) / width);
  }
  return pattern;
}

/** Online convolutional re-parameterization: branches of weights, one Conv. */
export const orepa: ConvBlock = {
  name: 'orepa',
  source: 'Hu et al., OREPA, arXiv:2204.00826',
  description:
    'one Conv whose weight is computed: k×k, average, frequency prior, 1×1, 1×1 → k×k and depthwise separable, each with learned factors',
  operator: 'Conv',
  normalized: false,
  applies(site) {
    const middle = hasMiddle(site);
    if (!middle.ok || site.axes.length === 2) return middle;
    return refuse('its image has not two axes');
  },
  build(block) {
    const { kernel, bias } = block.site;
    const { outputs, inputs, group, size } = kernel;
    const [height = 1, width = 1] = size;
    const pieces = new Pieces(block);
    const dims = [outputs, inputs / group, ...size];
    const main = pieces.drawn('origin', dims);
    block.mainWeight = main;
    const centre = new Float64Array(pieces.taps);
    centre[(pieces.taps - 1) / 2] = 1;
    const origin = pieces.scaled('origin', weightOf(main, group));
    const [factor] = pieces.factors.splice(0);
    if (!factor) throw internalError('a piece without factors');
    const others = [
      pieces.scaled(
        'avg',
        pieces.spread(
          'avg',
          centre.map(() => 1 / pieces.taps),
        ),
      ),
      pieces.scaled('prior', pieces.spread('prior', frequencies(outputs, height, width))),
      pieces.scaled('1x1_kxk', pieces.sequence()),
      pieces.scaled('1x1', pieces.spread('1x1', centre)),
      pieces.scaled('dws', pieces.separable()),
    ];
    const weight = others.reduce(
      (sum, { value }) => block.emit.op('Add', 'weight', [sum, value]),
      origin.value,
    );
    const data = new Float64Array(kernel.data.length);
    for (const other of others) {
      for (const [i, w] of other.kernel.data.entries()) data[i] = (data[i] as number) + w;
    }
    const rest = { ...kernel, data };
    block.branches = others.length + 1;
    const conv = block.mainConv('conv', weight, factor.data, bias !== null, rest);
    return { ...conv, gates: pieces.factors };
  },
};
