import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { differentiate } from '../../../src/autodiff/index.js';
import { GraphBuilder, type Value } from '../../../src/ir/index.js';
import { runModel } from '../../../src/runtime/index.js';
import { Tensor } from '../../../src/tensor/index.js';
import { Choices, choiceNumbers } from '../../reference/choices.js';
import { expectGradient } from '../gradient-check.js';

const lists = (c: Choices, rank: number, low: number, high: number): number[] =>
  Array.from({ length: rank }, () => c.between(low, high));

const ints = (values: readonly number[]): Tensor => Tensor.int64s(values);

const property = (name: string, runs: number, check: (c: Choices) => Promise<void>): void => {
  test(name, () =>
    fc.assert(
      fc.asyncProperty(choiceNumbers(40), (numbers) => check(new Choices(numbers))),
      { numRuns: runs },
    ),
  );
};

property(
  'gradients of Expand: new axes, repeated ones, a shape that is itself expanded',
  8,
  (c) => {
    const dims = lists(c, c.between(0, 3), 1, 3);
    const lead = lists(c, c.below(3), 1, 3);
    const shape = [
      ...lead,
      ...dims.map((length) => (length === 1 ? c.between(1, 3) : c.of(length, 1))),
    ];
    return expectGradient({ opType: 'Expand', operands: [dims], constants: [ints(shape)] });
  },
);

property('gradients of Concat', 6, (c) => {
  const rank = c.between(1, 3);
  const dims = lists(c, rank, 1, 3);
  const axis = c.below(rank);
  const operands = Array.from({ length: c.between(1, 3) }, () => dims.with(axis, c.between(1, 3)));
  const attributes = { axis: c.of(axis, axis - rank) };
  return expectGradient({ opType: 'Concat', operands, attributes });
});

property('gradients of Split: given lengths, equal parts, a number of parts', 8, (c) => {
  const rank = c.between(1, 3);
  const [axis, outputs] = [c.below(rank), c.between(1, 3)];
  const given = c.of('lengths', 'parts', 'equal');
  const lengths = lists(c, outputs, 1, 3);
  const length =
    given === 'lengths' ? lengths.reduce((a, b) => a + b, 0) : given === 'parts' ? 7 : 2 * outputs;
  return expectGradient({
    opType: 'Split',
    operands: [lists(c, rank, 1, 3).with(axis, length)],
    constants: given === 'lengths' ? [ints(lengths)] : [],
    outputs,
    attributes: { axis, ...(given === 'parts' ? { num_outputs: outputs } : {}) },
    opset: given === 'parts' ? 18 : 13,
  });
});

property('gradients of Slice: any starts, ends and steps; axes and steps left out', 25, (c) => {
  const dims = lists(c, c.between(1, 3), 1, 6);
  const named = c.of(true, false);
  const axes = dims.map((_, axis) => axis).filter(() => !named || c.of(true, false));
  const ranges = axes.map((axis) => {
    const length = dims[axis] as number;
    const step = named ? c.of(1, 2, 3, -1, -2, -3) : 1;
    // At least one element is taken.
    const start = c.between(-length, length - 1);
    const first = start < 0 ? start + length : start;
    const far = c.of(2 ** 31 - 1, 2 ** 40);
    const end =
      step > 0 ? c.of(far, c.between(first + 1, length + 1)) : c.of(-far, first - length - 1);
    return { axis: c.of(axis, axis - dims.length), start, end, step };
  });
  const operands = [ranges.map((r) => r.start), ranges.map((r) => r.end)];
  const optional = [ranges.map((r) => r.axis), ranges.map((r) => r.step)];
  return expectGradient({
    opType: 'Slice',
    operands: [dims],
    constants: [...operands, ...(named ? optional : [])].map(ints),
  });
});

describe('Pad', () => {
  property('gradients with a constant: crops, and the value itself', 10, (c) => {
    const dims = lists(c, c.between(1, 3), 3, 5);
    const pads = lists(c, 2 * dims.length, -1, 2);
    const value = c.of(true, false);
    return expectGradient({
      opType: 'Pad',
      operands: value ? [dims, []] : [dims],
      constants: [ints(pads)],
      arrange: ([x = null, v = null], [p = null]) => (value ? [x, p, v] : [x, p]),
    });
  });

  property('gradients in the modes that repeat the operand', 12, (c) => {
    const dims = lists(c, c.between(1, 4), 3, 5);
    const mode = c.of('reflect', 'edge', 'wrap');
    const pads = lists(c, 2 * dims.length, 0, 2);
    return expectGradient({
      opType: 'Pad',
      operands: [dims],
      constants: [ints(pads)],
      attributes: { mode },
      opset: 19,
    });
  });

  test('gradients with the axes named', () =>
    expectGradient({
      opType: 'Pad',
      operands: [[2, 3, 4]],
      constants: [ints([1, 0, 2, 1]), null, ints([-1, 0])],
      opset: 18,
    }));
});

property('gradients of Tile', 6, (c) => {
  const dims = lists(c, c.between(1, 4), 1, 3);
  const repeats = lists(c, dims.length, 1, 3);
  return expectGradient({ opType: 'Tile', operands: [dims], constants: [ints(repeats)] });
});

test.each(['DCR', 'CRD'])('gradients of DepthToSpace in mode %s', (mode) =>
  expectGradient({
    opType: 'DepthToSpace',
    operands: [[2, 18, 2, 5]],
    attributes: { mode, blocksize: 3 },
  }),
);

test('gradients of SpaceToDepth, and the order of its channels', async () => {
  await expectGradient({
    opType: 'SpaceToDepth',
    operands: [[2, 3, 4, 6]],
    attributes: { blocksize: 2 },
  });
  const b = new GraphBuilder();
  const x = b.input('x', [1, 2, 4, 6]);
  const y = b.op('SpaceToDepth', [x], { blocksize: 2 });
  b.output(y);
  const loss = b.op('ReduceSum', [y], { keepdims: 0 });
  const { builder, value } = differentiate(b.model(), { loss, parameters: [x], outputs: [y] });
  builder.output(value(y));
  const numbers = Array.from({ length: 48 }, (_, i) => i);
  const feeds = new Map([['x', Tensor.fromNumbers('float32', [1, 2, 4, 6], numbers)]]);
  const own = (await runModel(builder.model(), feeds)).get(value(y).name);
  const operator = (await runModel(b.model(), feeds)).get(y.name);
  expect(own?.toNumbers()).toEqual(operator?.toNumbers());
});

property('gradients of Trilu', 6, (c) => {
  const dims = lists(c, c.between(2, 3), 2, 4);
  const k = c.between(-3, 3);
  return expectGradient({
    opType: 'Trilu',
    operands: [dims],
    constants: c.of(true, false) ? [Tensor.scalar('int64', k)] : [],
    attributes: { upper: c.below(2) },
  });
});

test('an unread part of a Split has no gradient', async () => {
  const b = new GraphBuilder();
  const x = b.input('x', [4, 2]);
  const [first] = b.ops('Split', [x, b.int64s([1, 3])], 2, { axis: 0 }) as [Value];
  const loss = b.op('ReduceSum', [first], { keepdims: 0 });
  const { builder, gradients } = differentiate(b.model(), { loss, parameters: [x] });
  builder.output(gradients.get(x) as Value);
  const feeds = new Map([['x', Tensor.fromNumbers('float32', [4, 2], Array(8).fill(3))]]);
  const [found] = (await runModel(builder.model(), feeds)).values();
  expect([...(found?.toNumbers() ?? [])]).toEqual([1, 1, 0, 0, 0, 0, 0, 0]);
});
