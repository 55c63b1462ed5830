import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { differentiate } from '../../../src/autodiff/index.js';
import { float, GraphBuilder, type Value } from '../../../src/ir/index.js';
import { runModel } from '../../../src/runtime/index.js';
import { Tensor } from '../../../src/tensor/index.js';
import { type NdArray, ndArray } from '../../reference/array.js';
import { Choices, choiceNumbers } from '../../reference/choices.js';
import { evaluate } from '../../reference/float64.js';
import { expectGradient, random } from '../gradient-check.js';

// Large, so that the gradient does not vanish where only two numbers are normalized.
const epsilon = float(0.25);

const lists = (c: Choices, rank: number, low: number, high: number): number[] =>
  Array.from({ length: rank }, () => c.between(low, high));

test('gradients of LayerNormalization: axes, broadcast scales, with and without shift', async () => {
  await fc.assert(
    fc.asyncProperty(choiceNumbers(20), async (numbers) => {
      const c = new Choices(numbers);
      const dims = lists(c, c.between(1, 4), 2, 5);
      const axis = c.between(-dims.length, dims.length - 1);
      const scale = dims.slice(axis);
      const operands = [dims, scale, ...(c.of(true, false) ? [scale] : [])];
      await expectGradient({
        opType: 'LayerNormalization',
        operands,
        attributes: { axis, epsilon },
      });
    }),
    { numRuns: 15 },
  );
});

test('gradients of LayerNormalization by way of its mean and its inverse deviation', async () => {
  const dims = [3, 4, 5];
  const weights = [dims, [3, 1, 1], [3, 1, 1]].map((d, i) => random(d, 50 + i));
  const b = new GraphBuilder();
  const parameters = [dims, [4, 5], [4, 5]].map((d, i) => b.input(`x${i}`, d));
  const results = b.ops('LayerNormalization', parameters, 3, { axis: 1, epsilon });
  const parts = results.map((result, i) => {
    const { dims: d, data } = weights[i] as NdArray;
    return b.op('ReduceSum', [b.op('Mul', [result, b.floats(d, data)])], { keepdims: 0 });
  });
  const loss = b.op('Sum', parts);
  const feeds = (values: readonly NdArray[]) =>
    new Map(values.map((value, i) => [`x${i}`, value] as const));
  const values = [random(dims, 1), random([4, 5], 2), random([4, 5], 3)];
  const model = b.model();
  const lossAt = async (x: NdArray): Promise<number> =>
    (await evaluate(model, feeds(values.with(0, x)))).get(loss)?.data[0] as number;
  const { builder, gradients } = differentiate(model, { loss, parameters });
  const found = (await evaluate(builder.model(), feeds(values))).get(
    gradients.get(parameters[0] as Value) as Value,
  );
  const [x] = values as [NdArray];
  for (const k of [0, 7, 23, 59]) {
    const moved = (step: number) => ndArray(dims, x.data.with(k, (x.data[k] as number) + step));
    const slope = ((await lossAt(moved(1e-5))) - (await lossAt(moved(-1e-5)))) / 2e-5;
    expect(found?.data[k]).toBeCloseTo(slope, 7);
  }
});

describe('GroupNormalization', () => {
  test.each([18, 21])('gradients in opset %i', async (opset) => {
    await fc.assert(
      fc.asyncProperty(choiceNumbers(12), async (numbers) => {
        const c = new Choices(numbers);
        const num_groups = c.between(1, 3);
        const channels = num_groups * c.between(1, 3);
        const dims = [c.between(1, 3), channels, ...lists(c, c.between(1, 3), 2, 4)];
        const scales = [opset >= 21 ? channels : num_groups];
        const attributes = { num_groups, epsilon };
        const operands = [dims, scales, scales];
        await expectGradient({ opType: 'GroupNormalization', operands, attributes, opset });
      }),
      { numRuns: 8 },
    );
  });
});

test.each([[[2, 3, 5]], [[2, 3, 4, 5]], [[2, 3, 2, 3, 2]]])(
  'gradients of InstanceNormalization of %j',
  (dims) =>
    expectGradient({
      opType: 'InstanceNormalization',
      operands: [dims, [3], [3]],
      attributes: { epsilon },
    }),
);

test.each([1, 2])('gradients of LpNormalization, p = %i', async (p) => {
  for (const axis of [0, 1, -1]) {
    await expectGradient({
      opType: 'LpNormalization',
      operands: [[3, 4, 5]],
      attributes: { p, axis },
    });
  }
});

test.each([1, 2, 3, 4, 5])('gradients of LRN over %i channels', (size) =>
  expectGradient({
    opType: 'LRN',
    operands: [[2, 6, 3, 2]],
    attributes: { size, alpha: float(0.5), beta: float(0.75), bias: float(1.5) },
  }),
);

test.each([
  ['LayerNormalization', [2, 3, 50], [[50], [50]]],
  ['InstanceNormalization', [2, 3, 50], [[3], [3]]],
] as const)('%s keeps its accuracy far from zero', async (opType, dims, scales) => {
  // E[x²] − E[x]² would lose all digits.
  const b = new GraphBuilder();
  const x = b.input('x', dims);
  const [scale, shift] = scales.map((d) => b.floats(d, Array(d[0]).fill(1)));
  const y = b.op(opType, [x, scale as Value, shift as Value], { epsilon });
  const loss = b.op('ReduceSum', [y], { keepdims: 0 });
  const model = b.model();
  const { builder, value } = differentiate(model, { loss, parameters: [x], outputs: [y] });
  builder.output(value(y));
  const numbers = ndArray(
    dims,
    random(dims, 4).data.map((v) => Math.fround(5000 + v)),
  );
  const feeds = new Map([['x', Tensor.fromNumbers('float32', dims, numbers.data)]]);
  const found = (await runModel(builder.model(), feeds)).get(value(y).name) as Tensor;
  const reference = (await evaluate(model, new Map([['x', numbers]]))).get(y) as NdArray;
  for (const [i, element] of found.toNumbers().entries()) {
    expect(element).toBeCloseTo(reference.data[i] as number, 2);
  }
});
