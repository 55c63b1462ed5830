import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { differentiate } from '../../../src/autodiff/index.js';
import { GraphBuilder, type Value } from '../../../src/ir/index.js';
import { runModel } from '../../../src/runtime/index.js';
import { Tensor } from '../../../src/tensor/index.js';
import { count } from '../../reference/array.js';
import { Choices, choiceNumbers } from '../../reference/choices.js';
import { expectGradient } from '../gradient-check.js';

const lists = (c: Choices, rank: number, low: number, high: number): number[] =>
  Array.from({ length: rank }, () => c.between(low, high));

const property = (name: string, runs: number, check: (c: Choices) => Promise<void>): void => {
  test(name, () =>
    fc.assert(
      fc.asyncProperty(choiceNumbers(60), (numbers) => check(new Choices(numbers))),
      { numRuns: runs },
    ),
  );
};

/** `count` indices of an axis, some of them counted from its end. */
const indicesOf = (c: Choices, size: number, length: number): number[] =>
  Array.from({ length: size }, () => c.between(0, length - 1) - c.of(0, length));

/** A whole number below `limit` in each place, none twice. */
function distinct(c: Choices, size: number, limit: number): number[] {
  const left = Array.from({ length: limit }, (_, i) => i);
  return Array.from({ length: size }, () => left.splice(c.below(left.length), 1)[0] as number);
}

describe('Gather', () => {
  property('gradients: repeated and negative indices, of any rank', 20, (c) => {
    const dims = lists(c, c.between(1, 3), 1, 4);
    const axis = c.below(dims.length);
    const shape = lists(c, c.below(3), 1, 3);
    const indices = indicesOf(c, count(shape), dims[axis] as number);
    return expectGradient({
      opType: 'Gather',
      operands: [dims],
      constants: [Tensor.fromNumbers(c.of('int64', 'int32'), shape, indices)],
      attributes: { axis: c.of(axis, axis - dims.length) },
      opset: c.of(17, 13),
    });
  });

  property('gradients where no element is taken twice', 10, (c) => {
    const dims = lists(c, c.between(1, 3), 2, 6);
    const axis = c.below(dims.length);
    const length = dims[axis] as number;
    const indices = distinct(c, c.between(1, length), length);
    return expectGradient({
      opType: 'Gather',
      operands: [dims],
      constants: [Tensor.int64s(indices)],
      attributes: { axis },
    });
  });

  test.each([
    [17, false],
    [17, true],
    [13, false],
  ])('indices that are an input of the graph (opset %i, portable: %s)', async (opset, portable) => {
    const b = new GraphBuilder();
    const x = b.input('x', [4, 2]);
    const indices = b.input('indices', [2, 2], 'int64');
    const y = b.op('Gather', [x, indices], { axis: 0 });
    const weighted = b.op('Mul', [y, b.floats([2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8])]);
    const loss = b.op('ReduceSum', [weighted], { keepdims: 0 });
    const options = { loss, parameters: [x], portable };
    const { builder, gradients } = differentiate(b.model(opset), options);
    builder.output(gradients.get(x) as Value);
    const feeds = new Map([
      ['x', Tensor.fromNumbers('float32', [4, 2], Array(8).fill(0))],
      ['indices', Tensor.fromNumbers('int64', [2, 2], [3, 0, -1, -3])],
    ]);
    const [found] = (await runModel(builder.model(), feeds)).values();
    expect([...(found?.toNumbers() ?? [])]).toEqual([3, 4, 7, 8, 0, 0, 6, 8]);
  });
});

property('gradients of GatherElements', 20, (c) => {
  const dims = lists(c, c.between(1, 3), 1, 4);
  const axis = c.below(dims.length);
  const shape = dims.map((length, i) => (i === axis ? c.between(1, 4) : c.between(1, length)));
  const indices = indicesOf(c, count(shape), dims[axis] as number);
  return expectGradient({
    opType: 'GatherElements',
    operands: [dims],
    constants: [Tensor.fromNumbers('int64', shape, indices)],
    attributes: { axis },
    opset: c.of(17, 13),
  });
});

/** Places for updates along an axis, none written twice. */
function scatterIndices(c: Choices, shape: readonly number[], axis: number, length: number) {
  const [lead, tail] = [count(shape.slice(0, axis)), count(shape.slice(axis + 1))];
  const size = shape[axis] as number;
  const indices = Array<number>(count(shape)).fill(0);
  for (let i = 0; i < lead; i++) {
    for (let j = 0; j < tail; j++) {
      distinct(c, size, length).forEach((index, k) => {
        indices[(i * size + k) * tail + j] = index;
      });
    }
  }
  return Tensor.fromNumbers('int64', shape, indices);
}

property('gradients of ScatterElements, with and without sum', 20, (c) => {
  const dims = lists(c, c.between(1, 3), 1, 4);
  const axis = c.below(dims.length);
  const shape = dims.map((length) => c.between(1, length));
  const reduction = c.of('none', 'add');
  return expectGradient({
    opType: 'ScatterElements',
    operands: [dims, shape],
    constants: [scatterIndices(c, shape, axis, dims[axis] as number)],
    attributes: reduction === 'add' ? { axis, reduction } : { axis },
    arrange: ([x = null, updates = null], [indices = null]) => [x, indices, updates],
  });
});

property('gradients of ScatterND: elements and slices', 20, (c) => {
  const dims = lists(c, c.between(1, 3), 2, 4);
  const depth = c.between(1, dims.length);
  const places = count(dims.slice(0, depth));
  const chosen = distinct(c, c.between(1, Math.min(4, places)), places);
  const indices = chosen.flatMap((place) => {
    const position: number[] = [];
    let rest = place;
    for (const length of dims.slice(0, depth).toReversed()) {
      position.unshift(rest % length);
      rest = Math.floor(rest / length);
    }
    return position;
  });
  return expectGradient({
    opType: 'ScatterND',
    operands: [dims, [chosen.length, ...dims.slice(depth)]],
    constants: [Tensor.fromNumbers('int64', [chosen.length, depth], indices)],
    arrange: ([x = null, updates = null], [i = null]) => [x, i, updates],
  });
});

test('ScatterElements with another reduction is refused by name', () => {
  const b = new GraphBuilder();
  const x = b.input('x', [3]);
  const inputs = [x, b.int64s([1]), b.floats([1], [2])];
  const y = b.op('ScatterElements', inputs, { reduction: 'mul' }, { name: 'scale' });
  const loss = b.op('ReduceSum', [y], { keepdims: 0 });
  expect(() => differentiate(b.model(), { loss, parameters: [x] })).toThrow(
    "ScatterElements 'scale' has no gradient with the reduction 'mul'",
  );
});
