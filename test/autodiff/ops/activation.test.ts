import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AttributeValue, float } from '../../../src/ir/index.js';
import { Choices, choiceNumbers } from '../../reference/choices.js';
import { expectGradient } from '../gradient-check.js';
import { awayFrom, broadcastable, changed, lengths } from './shapes.js';

interface Activation {
  readonly opType: string;
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  readonly opset?: number;
  /** Where its slope jumps. */
  readonly kinks?: readonly number[];
}

const activations: readonly Activation[] = [
  { opType: 'Relu', kinks: [0] },
  { opType: 'LeakyRelu', kinks: [0] },
  { opType: 'LeakyRelu', kinks: [0], attributes: { alpha: float(0.25) } },
  { opType: 'LeakyRelu', kinks: [0], attributes: { alpha: float(-1.5) } },
  { opType: 'Sigmoid' },
  { opType: 'HardSigmoid', kinks: [-2.5, 2.5] },
  { opType: 'HardSigmoid', kinks: [-1, 1], attributes: { alpha: float(0.5) } },
  { opType: 'HardSigmoid', kinks: [-1, 1], attributes: { alpha: float(-0.5) } },
  { opType: 'HardSwish', kinks: [-3, 3] },
  { opType: 'Tanh' },
  { opType: 'Gelu', opset: 20 },
  { opType: 'Gelu', opset: 20, attributes: { approximate: 'tanh' } },
  { opType: 'Elu' },
  { opType: 'Elu', kinks: [0], attributes: { alpha: float(0.25) } },
  { opType: 'Elu', kinks: [0], attributes: { alpha: float(-0.5) } },
  { opType: 'Selu', kinks: [0] },
  { opType: 'Selu', kinks: [0], attributes: { alpha: float(0.5), gamma: float(1.5) } },
  { opType: 'Celu' },
  { opType: 'Celu', attributes: { alpha: float(0.25) } },
  { opType: 'Softplus' },
  { opType: 'Softsign' },
  { opType: 'Mish', opset: 18 },
  { opType: 'ThresholdedRelu', kinks: [1] },
  { opType: 'ThresholdedRelu', kinks: [-0.5], attributes: { alpha: float(-0.5) } },
];

describe.each(activations)('$opType $attributes', ({ opType, attributes, opset, kinks = [] }) => {
  const extra = { ...(attributes ? { attributes } : {}), ...(opset ? { opset } : {}) };

  test('its gradient, on both sides of its kinks and far from them', async () => {
    await fc.assert(
      fc.asyncProperty(choiceNumbers(8), async (numbers) => {
        const c = new Choices(numbers);
        const scale = c.of(1, 3, 8);
        const change = (x: number): number => awayFrom(...kinks)(scale * x);
        const operand = changed(lengths(c), c.below(100), change);
        // Where all slopes are tiny, float32 has no digits of `1 − y`.
        operand.data[0] = 0.3125;
        await expectGradient({ opType, operands: [operand], ...extra });
      }),
      { numRuns: 6 },
    );
  });
});

test('PRelu: slopes are broadcast to the operand', async () => {
  await fc.assert(
    fc.asyncProperty(choiceNumbers(16), async (numbers) => {
      const c = new Choices(numbers);
      const dims = lengths(c);
      const operands = [changed(dims, c.below(100), awayFrom(0)), broadcastable(c, dims)];
      await expectGradient({ opType: 'PRelu', operands });
    }),
    { numRuns: 15 },
  );
});

test.each(['Softmax', 'LogSoftmax'])('%s along each axis', async (opType) => {
  await fc.assert(
    fc.asyncProperty(choiceNumbers(8), async (numbers) => {
      const c = new Choices(numbers);
      const dims = lengths(c);
      const axis = c.between(-dims.length, dims.length - 1);
      await expectGradient({ opType, operands: [dims], attributes: { axis } });
    }),
    { numRuns: 10 },
  );
});

test('the choice of kinks can fail: at one, both sides differ', async () => {
  const operands = [changed([3], 1, () => 0)];
  await expect(expectGradient({ opType: 'Relu', operands })).rejects.toThrow();
});
