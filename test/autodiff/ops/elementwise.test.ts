import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { differentiate } from '../../../src/autodiff/index.js';
import { GraphBuilder, type Value } from '../../../src/ir/index.js';
import { dataTypes, Tensor } from '../../../src/tensor/index.js';
import { type NdArray, ndArray } from '../../reference/array.js';
import { Choices, choiceNumbers } from '../../reference/choices.js';
import { expectGradient, random } from '../gradient-check.js';
import { awayFrom, broadcastable, changed, lengths } from './shapes.js';

type Values = (Value | null)[];

const away = awayFrom(0);
const positive = (x: number): number => Math.abs(x) + 0.2;

test.each([
  ['Neg', (x: number) => x],
  ['Abs', away],
  ['Exp', (x: number) => x],
  ['Log', positive],
  ['Sqrt', positive],
  ['Reciprocal', (x: number) => x + Math.sign(x)],
  ['Sin', (x: number) => 3 * x],
  ['Cos', (x: number) => 3 * x],
  ['Erf', (x: number) => x],
] as const)('gradients of %s', async (opType, change) => {
  await fc.assert(
    fc.asyncProperty(choiceNumbers(8), async (numbers) => {
      const c = new Choices(numbers);
      await expectGradient({ opType, operands: [changed(lengths(c), c.below(100), change)] });
    }),
    { numRuns: 6 },
  );
});

/** Operands that are broadcast to a common shape, at least one of which has it. */
function several(c: Choices, count: number): NdArray[] {
  const dims = lengths(c, 3);
  const whole = c.below(count);
  return Array.from({ length: count }, (_, i) =>
    random(i === whole ? dims : broadcastable(c, dims), c.below(1000) + 1000 * i),
  );
}

test.each(['Add', 'Sub', 'Mul', 'Div', 'Max', 'Min'])(
  'gradients of %s with broadcasting',
  async (opType) => {
    await fc.assert(
      fc.asyncProperty(choiceNumbers(16), async (numbers) => {
        const [left, right] = several(new Choices(numbers), 2) as [NdArray, NdArray];
        const apart = ndArray(
          right.dims,
          right.data.map((x) => x + 2 * Math.sign(x)),
        );
        await expectGradient({ opType, operands: [left, opType === 'Div' ? apart : right] });
      }),
      { numRuns: 8 },
    );
  },
);

test.each(['Sum', 'Mean', 'Max', 'Min'])(
  'gradients of %s of one to four operands',
  async (opType) => {
    await fc.assert(
      fc.asyncProperty(choiceNumbers(24), async (numbers) => {
        const c = new Choices(numbers);
        await expectGradient({ opType, operands: several(c, c.between(1, 4)) });
      }),
      { numRuns: 8 },
    );
  },
);

describe('Pow', () => {
  test.each([-2, -1, -0.5, 0.5, 1, 1.5, 2, 3, 4])('to the constant power %f', (exponent) =>
    expectGradient({
      opType: 'Pow',
      operands: [changed([2, 3], 3, Number.isInteger(exponent) ? away : positive)],
      constants: [Tensor.fromNumbers('float32', [1, 1, 1], [exponent])],
    }),
  );

  test('to the power of an integer tensor', () =>
    expectGradient({
      opType: 'Pow',
      operands: [changed([4], 3, away)],
      constants: [Tensor.int64s([0, 1, 2, 3])],
    }));

  test('of tensors that are broadcast', async () => {
    await fc.assert(
      fc.asyncProperty(choiceNumbers(16), async (numbers) => {
        const [left, right] = several(new Choices(numbers), 2) as [NdArray, NdArray];
        const base = ndArray(left.dims, left.data.map(positive));
        await expectGradient({ opType: 'Pow', operands: [base, right] });
      }),
      { numRuns: 10 },
    );
  });
});

test('gradients of Where with broadcasting', async () => {
  await fc.assert(
    fc.asyncProperty(choiceNumbers(30), async (numbers) => {
      const c = new Choices(numbers);
      const condition = broadcastable(c, lengths(c, 3));
      const bits = random(condition, c.below(100)).data.map((x) => (x > 0 ? 1 : 0));
      const constants = [Tensor.fromNumbers('bool', condition, bits)];
      const operands = [broadcastable(c, condition), broadcastable(c, condition)];
      const arrange = (x: Values, k: Values) => [...k, ...x];
      await expectGradient({ opType: 'Where', operands, constants, arrange });
    }),
    { numRuns: 10 },
  );
});

describe('Clip', () => {
  const x = changed([3, 4], 5, awayFrom(-0.5, 0.5));
  const bound = (value: number): NdArray => ndArray([], [value]);

  test('between bounds that are operands', () =>
    expectGradient({ opType: 'Clip', operands: [x, bound(-0.5), bound(0.5)] }));

  test('between bounds that are crossed', () =>
    expectGradient({ opType: 'Clip', operands: [x, bound(0.5), bound(-0.5)] }));

  test('from below alone, from above alone, not at all', async () => {
    await expectGradient({ opType: 'Clip', operands: [x, bound(-0.5)] });
    const arrange = ([a = null, b = null]: Values) => [a, null, b];
    await expectGradient({ opType: 'Clip', operands: [x, bound(0.5)], arrange });
    await expectGradient({ opType: 'Clip', operands: [x] });
  });
});

describe('Cast', () => {
  test.each(['Cast', 'CastLike'])('%s to another float type and back', (opType) => {
    const like = Tensor.fromNumbers('float64', [], [0]);
    const to = dataTypes.float64.code;
    const constants = opType === 'CastLike' ? [like] : [];
    const b = new GraphBuilder();
    const x = b.input('x', [2, 3]);
    const attributes = opType === 'Cast' ? { to } : {};
    const y = b.op(opType, [x, ...constants.map((t) => b.constant(t))], attributes);
    const loss = b.op('ReduceSum', [b.op('Mul', [y, y])], { keepdims: 0 });
    const { builder, gradients } = differentiate(b.model(17), { loss, parameters: [x] });
    const gradient = gradients.get(x);
    expect(gradient && builder.dtype(gradient)).toBe('float32');
    expect(gradient && builder.dims(gradient)).toEqual([2, 3]);
  });

  test('to integers: no gradient goes through', () => {
    const b = new GraphBuilder();
    const x = b.input('x', [3]);
    const whole = b.op('Cast', [x], { to: dataTypes.int32.code });
    const back = b.op('Cast', [whole], { to: dataTypes.float32.code });
    const loss = b.op('ReduceSum', [back], { keepdims: 0 });
    const { gradients } = differentiate(b.model(), { loss, parameters: [x] });
    expect(gradients.get(x)).toBeNull();
  });
});
