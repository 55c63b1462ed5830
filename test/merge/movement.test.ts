import { describe, expect, it } from 'vitest';
import {
  type AttributeValue,
  type Dim,
  GraphBuilder,
  type Model,
  opCounts,
  type Value,
} from '../../src/ir/index.js';
import { applyMerge, type Objective, planMerge } from '../../src/merge/index.js';
import { decodeModel, encodeModel } from '../../src/onnx/index.js';
import { runModel } from '../../src/runtime/index.js';
import { normal, Tensor } from '../../src/tensor/index.js';
import { count } from '../reference/array.js';

const random = normal(23);
const numbers = (dims: readonly number[]): Float64Array =>
  Float64Array.from({ length: count(dims) }, random);

const channels = 3;
const bias = [0.5, -1, 0.25];

/** The size of an image and where its batch and lengths are only known when it runs. */
interface Input {
  readonly shape: readonly Dim[];
  readonly sizes: readonly (readonly number[])[];
}

const fixed: Input = { shape: [1, channels, 5, 6], sizes: [[1, channels, 5, 6]] };
const symbolic: Input = {
  shape: ['N', channels, 'H', 'W'],
  sizes: [
    [1, channels, 5, 6],
    [2, channels, 8, 3],
    [3, channels, 4, 4],
  ],
};

/** Fills the border of `x` with `fill`, one number a channel, one position wide on every side. */
type Spelling = (b: GraphBuilder, x: Value, fill: readonly number[]) => Value;

const pads = (b: GraphBuilder, amount: number): Value =>
  b.int64s([0, 0, amount, amount, 0, 0, amount, amount]);

const column = (b: GraphBuilder, fill: readonly number[]): Value =>
  b.floats([1, channels, 1, 1], fill);

const lengthOf = (b: GraphBuilder, x: Value, axis: number): Value =>
  b.op('Gather', [b.op('Shape', [x]), b.int64s([axis])], { axis: 0 });

/** Where the padded ones are, the fill is. */
const byWhere: Spelling = (b, x, fill) => {
  const ones = b.op('ConstantOfShape', [b.op('Shape', [x])], {
    value: Tensor.fromNumbers('float32', [1], [1]),
  });
  const inside = b.op('Cast', [b.op('Pad', [ones, pads(b, 1)])], { to: 9 });
  return b.op('Where', [inside, b.op('Pad', [x, pads(b, 1)]), column(b, fill)]);
};

/** Strips of the fill around the image. */
const byConcat: Spelling = (b, x, fill) => {
  const around = (value: Value, axis: 2 | 3): Value => {
    const lengths = [0, 1, 2, 3].map((i) =>
      i === axis ? b.int64s([1]) : i === 1 ? b.int64s([channels]) : lengthOf(b, value, i),
    );
    const strip = b.op('Expand', [column(b, fill), b.op('Concat', lengths, { axis: 0 })]);
    return b.op('Concat', [strip, value, strip], { axis });
  };
  return around(around(x, 2), 3);
};

/** The assignment of whole rows of the transposed image, first and last. */
const byScatter: Spelling = (b, x, fill) => {
  const padded = b.op('Pad', [x, pads(b, 1)]);
  const rows = (value: Value, perm: readonly number[]): Value => {
    const turned = b.op('Transpose', [value], { perm });
    const rest = b.op('Slice', [b.op('Shape', [turned]), b.int64s([1]), b.int64s([4])]);
    const update = b.op('Expand', [
      b.floats([1, channels, 1, 1], fill),
      b.op('Concat', [b.int64s([1]), rest], { axis: 0 }),
    ]);
    const last = b.op('Sub', [lengthOf(b, turned, 0), b.int64s([1])]);
    const write = (data: Value, at: Value): Value =>
      b.op('ScatterND', [data, b.op('Unsqueeze', [at, b.int64s([1])]), update]);
    const done = write(write(turned, b.int64s([0])), last);
    return b.op('Transpose', [done], { perm });
  };
  return rows(rows(padded, [2, 1, 0, 3]), [3, 1, 2, 0]);
};

/** Too wide a border of each channel's own constant, cropped again. */
const byPadAndSlice: Spelling = (b, x, fill) => {
  const parts = b.ops('Split', [x], channels, { axis: 1 });
  const padded = parts.map((part, c) => b.op('Pad', [part, pads(b, 3), b.floats([], [fill[c]!])]));
  const lists = [
    [2, 2],
    [-2, -2],
    [2, 3],
  ].map((list) => b.int64s(list));
  return b.op('Slice', [b.op('Concat', padded, { axis: 1 }), ...lists]);
};

/** A biased 1×1, its border filled, then a 3×3 without pads beside a plain 3×3. */
function block(spelling: Spelling, fill: readonly number[], { shape }: Input): Model {
  const b = new GraphBuilder();
  const x = b.input('x', shape);
  const weight = (size: number): Value =>
    b.floats([channels, channels, size, size], numbers([channels, channels, size, size]));
  const conv = (value: Value, size: number, attributes: Record<string, AttributeValue> = {}) =>
    b.op('Conv', [value, weight(size)], attributes);
  const inner = b.op('Conv', [x, weight(1), b.floats([channels], bias)]);
  const chain = conv(spelling(b, inner, fill), 3);
  b.output(b.op('Add', [chain, conv(x, 3, { pads: [1, 1, 1, 1] })]));
  return b.model();
}

async function outputsOf(model: Model, dims: readonly number[]): Promise<Float64Array> {
  const x = Tensor.fromNumbers('float32', dims, numbers(dims).fill(1));
  const results = await runModel(model, new Map([['x', x]]), { optimization: 'disabled' });
  return [...results.values()][0]!.toNumbers();
}

interface Merged {
  readonly convolutions: number;
  readonly nodes: number;
  readonly reasons: readonly string[];
}

/** Merges a copy, and holds it against the original on every size. */
async function merge(
  original: Model,
  { sizes }: Input,
  objective: Objective = 'macs',
): Promise<Merged> {
  const model = decodeModel(encodeModel(original));
  const plan = await planMerge(model, { objective });
  const { refused } = await applyMerge(plan);
  expect(refused.map(({ refusal }) => refusal.reason)).toEqual([]);
  for (const dims of sizes) {
    const expected = await outputsOf(original, dims);
    const actual = await outputsOf(model, dims);
    const worst = expected.reduce((most, v, i) => Math.max(most, Math.abs(v - actual[i]!)), 0);
    expect(actual.length).toBe(expected.length);
    expect(worst).toBeLessThan(1e-5);
  }
  return {
    convolutions: opCounts(model).get('Conv') ?? 0,
    nodes: model.graph.nodes.length,
    reasons: plan.nearMisses.map(({ refusal }) => refusal.reason),
  };
}

const spellings: readonly [string, Spelling][] = [
  ['Where', byWhere],
  ['Concat', byConcat],
  ['ScatterND', byScatter],
  ['Pad and Slice', byPadAndSlice],
];

const inputs: readonly [string, Input][] = [
  ['a fixed size', fixed],
  ['any batch and size', symbolic],
  ['any size', { shape: [2, channels, 'H', 'W'], sizes: symbolic.sizes.map((s) => s.with(0, 2)) }],
  ['any batch', { shape: ['N', channels, 5, 6], sizes: [fixed.sizes[0]!.with(0, 4)] }],
];

const cases = spellings.flatMap(([name, spelling]) =>
  inputs.map(([size, input]) => [name, size, spelling, input] as const),
);

describe.each(cases)('a border filled by %s, %s', (_, __, spelling, input) => {
  it('with the bias merges into one convolution', async () => {
    const merged = await merge(block(spelling, bias, input), input);
    expect(merged).toMatchObject({ convolutions: 1, nodes: 1 });
  });

  it.each([
    ['one channel off', [0.5, -1, 0.2501]],
    ['two channels swapped', [-1, 0.5, 0.25]],
  ])('with %s stays', async (_, fill) => {
    const merged = await merge(block(spelling, fill, input), input);
    expect(merged.convolutions).toBe(3);
    expect(merged.reasons).toContainEqual(
      expect.stringMatching(/do not start linearly from one value: it pads with a constant, but/),
    );
  });

  it('with zeros becomes a padded convolution of its own', async () => {
    const merged = await merge(block(spelling, [0, 0, 0], input), input);
    expect(merged).toMatchObject({ convolutions: 3, nodes: 4 });
    expect(merged.reasons).toContainEqual(
      expect.stringMatching(/it pads with (zeros|a constant), but outside/),
    );
  });

  it('with NaN stays', async () => {
    const plan = await planMerge(block(spelling, [0.5, Number.NaN, 0.25], input));
    expect(plan.regions).toHaveLength(0);
  });
});

type Position = readonly [channel: number, row: number, column: number];

/** Writes the bias wherever `where` says, on a padded image of 7 × 8. */
function byMask(where: (...position: Position) => boolean): Spelling {
  return (b, x, fill) => {
    const [rows, columns] = [7, 8];
    const mask: number[] = [];
    for (let i = 0; i < channels * rows * columns; i++) {
      const at = [Math.floor(i / 56), Math.floor(i / 8) % 7, i % 8] as const;
      mask.push(where(...at) ? 1 : 0);
    }
    const written = b.constant(Tensor.fromNumbers('bool', [1, channels, rows, columns], mask));
    return b.op('Where', [written, column(b, fill), b.op('Pad', [x, pads(b, 1)])]);
  };
}

const onBorder = (_: number, row: number, column: number): boolean =>
  row === 0 || row === 6 || column === 0 || column === 7;

describe('what is written element by element', () => {
  const merging = (where: (...position: Position) => boolean, input = fixed) =>
    merge(block(byMask(where), bias, input), input);

  it('is the border when it covers all of it', async () => {
    expect((await merging(onBorder)).convolutions).toBe(1);
    const any = { shape: ['N', channels, 5, 6], sizes: [[3, channels, 5, 6]] };
    expect((await merging(onBorder, any)).convolutions).toBe(1);
  });

  it.each<[string, (...position: Position) => boolean]>([
    ['leaves out a corner', (...p) => onBorder(...p) && p[1] + p[2] !== 0],
    ['leaves out a corner of one channel', (...p) => onBorder(...p) && p.join() !== '1,6,7'],
    ['leaves out an edge pixel', (...p) => onBorder(...p) && !(p[1] === 3 && p[2] === 7)],
    ['leaves out a side', (...p) => onBorder(...p) && p[1] !== 0],
    ['leaves out a channel', (...p) => onBorder(...p) && p[0] !== 2],
    ['covers a pixel inside', (...p) => onBorder(...p) || (p[1] === 2 && p[2] === 2)],
    ['covers a pixel inside of one channel', (...p) => onBorder(...p) || p.join() === '0,1,1'],
    ['covers a second row', (...p) => onBorder(...p) || p[1] === 1],
    ['covers everything', () => true],
  ])('stays when it %s', async (_, where) => {
    const merged = await merging(where);
    expect(merged.convolutions).toBe(3);
    expect(merged.reasons[0]).toMatch(
      /its branches do not start linearly from one value: (it|just outside)/,
    );
  });

  it('stays when it writes one image of a batch only', async () => {
    const first: Spelling = (b, x, fill) => {
      const padded = b.op('Pad', [x, pads(b, 1)]);
      const mask: number[] = [];
      for (let i = 0; i < 2 * channels * 56; i++) {
        const inside = !onBorder(0, Math.floor(i / 8) % 7, i % 8);
        mask.push(i < channels * 56 && !inside ? 1 : 0);
      }
      const written = b.constant(Tensor.fromNumbers('bool', [2, channels, 7, 8], mask));
      return b.op('Where', [written, column(b, fill), padded]);
    };
    const pair = { shape: [2, channels, 5, 6], sizes: [[2, channels, 5, 6]] };
    expect((await merge(block(first, bias, pair), pair)).convolutions).toBe(3);
  });
});

describe('other movement', () => {
  /** A 1×1, the movement, and another 1×1. */
  function between(move: (b: GraphBuilder, x: Value) => Value, { shape }: Input): Model {
    const b = new GraphBuilder();
    const weight = (): Value => b.floats([4, 4, 1, 1], numbers([4, 4]));
    const first = b.op('Conv', [b.input('x', shape), weight(), b.floats([4], numbers([4]))]);
    b.output(b.op('Conv', [move(b, first), weight()]));
    return b.model();
  }

  const four: Input = {
    shape: ['N', 4, 'H', 'W'],
    sizes: [
      [2, 4, 6, 7],
      [1, 4, 5, 9],
    ],
  };

  it('a channel shuffle merges', async () => {
    const shuffle = (b: GraphBuilder, x: Value): Value => {
      const lengths = [b.int64s([2, 2]), lengthOf(b, x, 2), lengthOf(b, x, 3)];
      const apart = b.op('Concat', [lengthOf(b, x, 0), ...lengths], { axis: 0 });
      const turned = b.op('Transpose', [b.op('Reshape', [x, apart])], { perm: [0, 2, 1, 3, 4] });
      return b.op('Reshape', [turned, b.op('Shape', [x])]);
    };
    expect(await merge(between(shuffle, four), four)).toMatchObject({ convolutions: 1, nodes: 1 });
  });

  it('a crop whose bounds are computed merges', async () => {
    const crop = (b: GraphBuilder, x: Value): Value => {
      const end = b.op('Sub', [lengthOf(b, x, 2), b.int64s([2])]);
      return b.op('Slice', [x, b.int64s([1]), end, b.int64s([2])]);
    };
    const merged = await merge(between(crop, four), four, 'nodes');
    expect(merged).toMatchObject({ convolutions: 1, nodes: 1 });
  });

  it('what undoes itself merges', async () => {
    const there = (b: GraphBuilder, x: Value): Value => {
      const space = b.op('DepthToSpace', [x], { blocksize: 2, mode: 'CRD' });
      return b.op('SpaceToDepth', [space], { blocksize: 2 });
    };
    expect(await merge(between(there, four), four)).toMatchObject({ convolutions: 1, nodes: 1 });
  });

  it.each<[string, (b: GraphBuilder, x: Value) => Value]>([
    [
      'a flip',
      (b, x) => b.op('Slice', [x, ...[[-1], [-(2 ** 40)], [3], [-1]].map((l) => b.int64s(l))]),
    ],
    ['swapped axes', (b, x) => b.op('Transpose', [x], { perm: [0, 1, 3, 2] })],
    ['an image beside itself', (b, x) => b.op('Concat', [x, x], { axis: 3 })],
    ['images in a row', (b, x) => b.op('Tile', [x, b.int64s([1, 1, 2, 1])])],
    [
      'a crop to a length',
      (b, x) =>
        b.op('Slice', [
          b.op('Identity', [x]),
          b.int64s([0]),
          b.op('Min', [lengthOf(b, x, 3), b.int64s([30])]),
          b.int64s([3]),
        ]),
    ],
    ['mirrored padding', (b, x) => b.op('Pad', [x, pads(b, 1)], { mode: 'reflect' })],
  ])('%s stays', async (_, move) => {
    expect((await merge(between(move, four), four)).convolutions).toBe(2);
  });

  it('a scatter that adds is no copy from further on', async () => {
    // With labels row by row, adding one row's length reads like a copy of the next row.
    const lift = (b: GraphBuilder, x: Value): Value => {
      const rows = Tensor.fromNumbers('int64', [3, 3], [0, 0, 0, 0, 0, 1, 0, 0, 2]);
      const data = b.op('ScatterND', [x, b.constant(rows), b.floats([3, 6], Array(18).fill(6))], {
        reduction: 'add',
      });
      const last = b.constant(Tensor.fromNumbers('int64', [1, 3], [0, 0, 3]));
      return b.op('ScatterND', [data, last, b.floats([1, 6], Array(6).fill(0))]);
    };
    const b = new GraphBuilder();
    const first = b.op('Conv', [b.input('x', [1, 1, 4, 6]), b.floats([1, 1, 1, 1], [2])]);
    b.output(b.op('Conv', [lift(b, first), b.floats([1, 1, 1, 1], [3])]));
    const one = { shape: [1, 1, 4, 6], sizes: [[1, 1, 4, 6]] };
    expect((await merge(b.model(18), one)).convolutions).toBe(2);
  });
});
