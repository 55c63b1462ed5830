import fc from 'fast-check';
import { expect, test } from 'vitest';
import { differentiate } from '../../../src/autodiff/index.js';
import { GraphBuilder, type Value } from '../../../src/ir/index.js';
import { runModel } from '../../../src/runtime/index.js';
import { Tensor } from '../../../src/tensor/index.js';
import { Choices, choiceNumbers } from '../../reference/choices.js';
import { expectGradient } from '../gradient-check.js';

const lists = (c: Choices, rank: number, low: number, high: number): number[] =>
  Array.from({ length: rank }, () => c.between(low, high));

test.each([[[2, 3, 5]], [[2, 3, 4, 5]], [[1, 2, 3, 2, 2]]])(
  'gradients of GlobalMaxPool and GlobalLpPool %j',
  async (dims) => {
    await expectGradient({ opType: 'GlobalMaxPool', operands: [dims] });
    for (const p of [1, 2, 3]) {
      await expectGradient({ opType: 'GlobalLpPool', operands: [dims], attributes: { p } });
    }
  },
);

test('gradients of LpPool', async () => {
  await fc.assert(
    fc.asyncProperty(choiceNumbers(30), async (numbers) => {
      const c = new Choices(numbers);
      const rank = c.of(2, 1, 3);
      const kernel_shape = lists(c, rank, 1, 3);
      const attributes = {
        kernel_shape,
        p: c.of(2, 1, 3),
        pads: [...kernel_shape, ...kernel_shape].map((k) => c.below(k)),
        strides: lists(c, rank, 1, 3),
        dilations: lists(c, rank, 1, 2),
      };
      const operands = [[c.between(1, 2), c.between(1, 3), ...lists(c, rank, 5, 7)]];
      await expectGradient({ opType: 'LpPool', operands, attributes, opset: 18 });
    }),
    { numRuns: 15 },
  );
});

// torch.nn.functional.adaptive_max_pool2d(x, 1) of PyTorch 2.13.
test('of equal maxima the first gets the gradient', async () => {
  const b = new GraphBuilder();
  const x = b.input('x', [1, 2, 2, 2]);
  const y = b.op('GlobalMaxPool', [x]);
  const loss = b.op('ReduceSum', [y], { keepdims: 0 });
  const { builder, gradients } = differentiate(b.model(), { loss, parameters: [x] });
  builder.output(gradients.get(x) as Value);
  const image = Tensor.fromNumbers('float32', [1, 2, 2, 2], [0, 0, 0, 0, 1, 3, 2, 3]);
  const [found] = (await runModel(builder.model(), new Map([['x', image]]))).values();
  expect([...(found?.toNumbers() ?? [])]).toEqual([1, 0, 0, 0, 0, 1, 0, 0]);
});

test('of a window of zeros LpPool has the gradient 0', async () => {
  const b = new GraphBuilder();
  const x = b.input('x', [1, 1, 4]);
  const y = b.op('LpPool', [x], { kernel_shape: [2], strides: [2] });
  const loss = b.op('ReduceSum', [y], { keepdims: 0 });
  const { builder, gradients } = differentiate(b.model(), { loss, parameters: [x] });
  builder.output(gradients.get(x) as Value);
  const image = Tensor.fromNumbers('float32', [1, 1, 4], [0, 0, 3, 4]);
  const [found] = (await runModel(builder.model(), new Map([['x', image]]))).values();
  const expected = [0, 0, 0.6, 0.8];
  expected.forEach((value, i) => {
    expect(found?.toNumbers()[i]).toBeCloseTo(value, 6);
  });
});
