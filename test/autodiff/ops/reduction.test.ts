import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Tensor } from '../../../src/tensor/index.js';
import { ndArray } from '../../reference/array.js';
import { Choices, choiceNumbers } from '../../reference/choices.js';
import { expectGradient, random } from '../gradient-check.js';
import { awayFrom, changed, lengths } from './shapes.js';

const axesAreOperand = (opType: string, opset: number): boolean =>
  opType === 'ReduceSum' || opset >= 18;

const positive = (x: number): number => Math.abs(x) + 0.1;
const kinds: readonly [string, (x: number) => number][] = [
  ['ReduceSum', (x) => x],
  ['ReduceMean', (x) => x],
  ['ReduceMax', (x) => x],
  ['ReduceMin', (x) => x],
  ['ReduceL1', awayFrom(0)],
  ['ReduceL2', (x) => x],
  ['ReduceSumSquare', (x) => x],
  ['ReduceProd', awayFrom(0)],
  ['ReduceLogSum', positive],
  ['ReduceLogSumExp', (x) => 5 * x],
];

test.each(kinds)('gradients of %s over some axes, or all', async (opType, change) => {
  await fc.assert(
    fc.asyncProperty(choiceNumbers(16), async (numbers) => {
      const c = new Choices(numbers);
      const dims = lengths(c);
      const opset = c.of(17, 18);
      const some = [...dims.keys()].filter(() => c.once(2));
      const axes = some.map((axis) => (c.once(3) ? axis - dims.length : axis)).reverse();
      const operands = [changed(dims, c.below(100), change)];
      const asOperand = axes.length > 0 && axesAreOperand(opType, opset);
      await expectGradient({
        opType,
        operands,
        opset,
        constants: asOperand ? [Tensor.int64s(axes)] : [],
        attributes: {
          keepdims: c.below(2),
          ...(axes.length === 0 || asOperand ? {} : { axes }),
        },
      });
    }),
    { numRuns: 8 },
  );
});

test.each(kinds)('%s over no axes at all', (opType, change) =>
  expectGradient({
    opType,
    operands: [changed([2, 3], 4, change)],
    opset: 18,
    constants: [Tensor.int64s([])],
    attributes: { noop_with_empty_axes: 1 },
  }),
);

test.each([0, 1, 2])('ReduceProd of rows with %i zeros', async (zeros) => {
  const { dims, data } = random([2, 4], 3);
  const operand = ndArray(
    dims,
    data.map((x, i) => (i % 4 < zeros ? 0 : x)),
  );
  const attributes = { axes: [1] };
  await expectGradient({ opType: 'ReduceProd', operands: [operand], attributes });
  expect(operand.data.filter((x) => x === 0)).toHaveLength(2 * zeros);
});

test('gradients of CumSum along each axis, in both directions', async () => {
  await fc.assert(
    fc.asyncProperty(choiceNumbers(16), async (numbers) => {
      const c = new Choices(numbers);
      const dims = lengths(c);
      const axis = c.between(-dims.length, dims.length - 1);
      await expectGradient({
        opType: 'CumSum',
        operands: [dims],
        constants: [Tensor.fromNumbers('int64', [], [axis])],
        attributes: { exclusive: c.below(2), reverse: c.below(2) },
      });
    }),
    { numRuns: 12 },
  );
});
