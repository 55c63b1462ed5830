import { describe, expect, it } from 'vitest';
import { float, GraphBuilder, type Value } from '../../src/ir/index.js';
import { normal } from '../../src/tensor/index.js';
import { mergeAndVerify } from './merged.js';

const random = normal(5);
const numbers = (count: number): number[] => Array.from({ length: count }, () => random() / 2);

function norm(b: GraphBuilder, x: Value, channels: number): Value {
  const vector = (positive: boolean): Value =>
    b.floats([channels], positive ? numbers(channels).map((v) => 1 + v * v) : numbers(channels));
  return b.op('BatchNormalization', [x, vector(true), vector(false), vector(false), vector(true)], {
    epsilon: float(1e-5),
  });
}

function conv(b: GraphBuilder, x: Value, dims: readonly number[], attributes = {}): Value {
  return b.op('Conv', [x, b.floats(dims, numbers(dims.reduce((p, d) => p * d, 1)))], attributes);
}

describe('sums of several sources', () => {
  it('regroups summands that one source has in common', async () => {
    const b = new GraphBuilder();
    const x = b.input('x', [1, 8, 6, 6]);
    const y = b.op('Relu', [x]);
    const first = b.op('Add', [conv(b, y, [8, 8, 3, 3], { pads: [1, 1, 1, 1] }), x]);
    b.output(b.op('Sub', [first, conv(b, y, [8, 8, 1, 1])]));
    const merged = await mergeAndVerify(b.model());
    expect(merged.count('Conv')).toBe(1);
    expect(merged.plan.regions[0]?.terms.map(({ map }) => map === null)).toEqual([true, false]);
  });

  it('keeps apart what one kernel would make dearer', async () => {
    const b = new GraphBuilder();
    const x = b.input('x', [1, 4, 16, 16]);
    const depthwise = (h: number, w: number): Value =>
      conv(b, x, [4, 1, h, w], {
        group: 4,
        pads: [(h - 1) / 2, (w - 1) / 2, (h - 1) / 2, (w - 1) / 2],
      });
    b.output(b.op('Add', [b.op('Add', [depthwise(11, 3), depthwise(3, 11)]), depthwise(3, 3)]));
    const merged = await mergeAndVerify(b.model());
    expect(merged.count('Conv')).toBe(2);
  });

  it('leaves an inner sum alone that something else reads', async () => {
    const b = new GraphBuilder();
    const x = b.input('x', [1, 4, 6, 6]);
    const y = b.op('Relu', [x]);
    const inner = b.op('Add', [conv(b, y, [4, 4, 1, 1]), x]);
    b.output(inner);
    b.output(b.op('Add', [inner, conv(b, y, [4, 4, 1, 1])]));
    expect((await mergeAndVerify(b.model())).count('Conv')).toBe(2);
  });
});

describe('channels on the last axis', () => {
  it('merges low-rank adapters on tokens', async () => {
    const b = new GraphBuilder();
    const x = b.input('x', ['batch', 5, 12]);
    const dense = b.op('MatMul', [x, b.floats([12, 12], numbers(144))]);
    const low = b.op('MatMul', [x, b.floats([12, 2], numbers(24))]);
    const up = b.op('MatMul', [low, b.floats([2, 12], numbers(24))]);
    b.output(b.op('Add', [dense, b.op('Mul', [up, b.floats([], [0.5])])]));
    expect((await mergeAndVerify(b.model())).count('MatMul')).toBe(1);
  });

  it('takes a BatchNormalization behind the Transpose into the matrix', async () => {
    const b = new GraphBuilder();
    const x = b.input('x', [2, 5, 6, 8]);
    const linear = b.op('MatMul', [x, b.floats([8, 4], numbers(32))]);
    b.output(norm(b, b.op('Transpose', [linear], { perm: [0, 3, 1, 2] }), 4));
    const merged = await mergeAndVerify(b.model());
    expect(merged.count('BatchNormalization')).toBe(0);
    expect(merged.count('Transpose')).toBe(1);
  });

  it('does not take a Transpose of other axes for one of channels', async () => {
    const b = new GraphBuilder();
    const x = b.input('x', [2, 4, 4, 4]);
    const linear = b.op('MatMul', [x, b.floats([4, 4], numbers(16))]);
    b.output(norm(b, b.op('Transpose', [linear], { perm: [0, 2, 3, 1] }), 4));
    expect((await mergeAndVerify(b.model())).count('BatchNormalization')).toBe(1);
  });
});

describe('blocks of elements', () => {
  /** A RepMLP unit: a fully connected layer and a convolution on the same windows, joined behind Reshapes. */
  function unit(b: GraphBuilder, x: Value, pads: readonly number[]): Value {
    const flat = b.op('Reshape', [x, b.int64s([-1, 36, 1, 1])]);
    const connected = conv(b, flat, [36, 18, 1, 1], { group: 2 });
    const images = (value: Value): Value => b.op('Reshape', [value, b.int64s([-1, 4, 3, 3])]);
    const local = norm(b, conv(b, images(x), [4, 1, 3, 3], { group: 4, pads }), 4);
    return b.op('Add', [norm(b, images(connected), 4), local]);
  }

  it('merges a convolution into the fully connected layer beside it', async () => {
    const b = new GraphBuilder();
    const x = b.input('x', ['batch', 36]);
    b.output(unit(b, x, [1, 1, 1, 1]));
    const merged = await mergeAndVerify(b.model());
    expect(merged.count('Conv')).toBe(1);
    expect(merged.count('BatchNormalization')).toBe(0);
  });

  it('takes asymmetric pads as they are', async () => {
    const b = new GraphBuilder();
    const x = b.input('x', [3, 36]);
    b.output(unit(b, x, [2, 0, 0, 2]));
    expect((await mergeAndVerify(b.model())).count('Conv')).toBe(1);
  });

  it('leaves a classifier behind Flatten a matrix', async () => {
    const b = new GraphBuilder();
    const x = b.input('x', [1, 4, 1, 1]);
    const linear = b.op('MatMul', [b.op('Flatten', [x]), b.floats([4, 3], numbers(12))]);
    b.output(b.op('Add', [linear, b.floats([3], numbers(3))]));
    expect((await mergeAndVerify(b.model())).count('Conv')).toBe(0);
  });
});
