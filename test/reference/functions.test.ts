import { expect, test } from 'vitest';
import { type AttributeValue, float, GraphBuilder } from '../../src/ir/index.js';
import { runModel } from '../../src/runtime/index.js';
import { Tensor } from '../../src/tensor/index.js';
import { ndArray } from './array.js';
import { erf } from './functions.js';
import { interpretOutputs } from './interpret.js';

const points = [-7, -3, -2.5, -1, -0.25, 0, 0.5, 1, 1.75, 3, 4.5, 7];
const positive = points.map(Math.abs).filter((x) => x > 0);

interface Case {
  readonly opType: string;
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  readonly operands?: readonly (readonly number[])[];
  readonly opset?: number;
}

const cases: readonly Case[] = [
  ...['Abs', 'Cos', 'Erf', 'Exp', 'HardSwish', 'Identity', 'Neg', 'Relu', 'Sigmoid', 'Sin'],
  ...['Softplus', 'Softsign', 'Tanh', 'Celu', 'Elu', 'HardSigmoid', 'LeakyRelu', 'Selu'],
  ...['ThresholdedRelu'],
]
  .map((opType): Case => ({ opType }))
  .concat(
    ['Log', 'Reciprocal', 'Sqrt'].map((opType) => ({ opType, operands: [positive] })),
    ['Max', 'Min', 'PRelu', 'Mean'].map((opType) => ({
      opType,
      operands: [points, points.map((x) => x * x - 2)],
    })),
    { opType: 'Mish', opset: 18 },
    { opType: 'Gelu', opset: 20 },
    { opType: 'Gelu', opset: 20, attributes: { approximate: 'tanh' } },
    { opType: 'Celu', attributes: { alpha: float(0.5) } },
    { opType: 'Elu', attributes: { alpha: float(0.5) } },
    { opType: 'HardSigmoid', attributes: { alpha: float(0.5), beta: float(0.25) } },
    { opType: 'LeakyRelu', attributes: { alpha: float(0.5) } },
    { opType: 'Selu', attributes: { alpha: float(0.5), gamma: float(3) } },
    { opType: 'ThresholdedRelu', attributes: { alpha: float(0.5) } },
    { opType: 'Pow', operands: [positive, positive.map((x) => 2 - x)] },
    { opType: 'Pow', operands: [points, points.map((_, i) => i % 4)] },
  );

test.each(cases)('the reference of $opType agrees with onnxruntime $attributes', async (c) => {
  const { opType, attributes, operands = [points], opset } = c;
  const b = new GraphBuilder();
  const inputs = operands.map((operand, i) => b.input(`x${i}`, [operand.length]));
  b.output(b.op(opType, inputs, attributes));
  const model = b.model(opset);
  const named = operands.map((operand, i) => [`x${i}`, operand] as const);
  const feeds = named.map(
    ([name, x]) => [name, Tensor.fromNumbers('float32', [x.length], x)] as const,
  );
  const [found] = [...(await runModel(model, new Map(feeds))).values()];
  const arrays = named.map(([name, x]) => [name, ndArray([x.length], x)] as const);
  const [expected] = [...interpretOutputs(model, new Map(arrays)).values()];
  const numbers = [...(found as Tensor).toNumbers()];
  numbers.forEach((x, i) => {
    const y = expected?.data[i] as number;
    expect(Math.abs(x - y)).toBeLessThan(2e-6 * Math.max(1, Math.abs(y)));
  });
});

test('the error function is exact to double precision', () => {
  // mpmath 1.3, rounded to double precision.
  expect(erf(0.5)).toBeCloseTo(0.5204998778130465, 15);
  expect(erf(-2)).toBeCloseTo(-0.9953222650189527, 15);
  expect(erf(5.5)).toBeCloseTo(0.9999999999999927, 15);
});
