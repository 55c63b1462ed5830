import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { differentiate } from '../../../src/autodiff/index.js';
import { GraphBuilder } from '../../../src/ir/index.js';
import { runModel } from '../../../src/runtime/index.js';
import { Tensor } from '../../../src/tensor/index.js';
import { Choices, choiceNumbers } from '../../reference/choices.js';
import { expectGradient } from '../gradient-check.js';

const lists = (c: Choices, rank: number, low: number, high: number): number[] =>
  Array.from({ length: rank }, () => c.between(low, high));

function pool(c: Choices) {
  const rank = c.of(2, 1, 3);
  const kernel_shape = lists(c, rank, 1, 3);
  const pads = [...kernel_shape, ...kernel_shape].map((k) => c.below(k));
  const strides = c.of(true, false) ? kernel_shape : lists(c, rank, 1, 3);
  const spatial = lists(c, rank, 5, 7);
  const operands = [[c.between(1, 2), c.between(1, 3), ...spatial]];
  // Where rounding up adds a window that starts behind the image, onnxruntime contradicts itself on the shape.
  const fits = spatial.every((length, i) => {
    const [stride, begin, end] = [strides[i] ?? 1, pads[i] ?? 0, pads[i + rank] ?? 0];
    const last = Math.ceil((length + begin + end - (kernel_shape[i] ?? 1)) / stride);
    return last * stride < length + begin;
  });
  return {
    operands,
    attributes: { kernel_shape, pads, strides, ceil_mode: fits ? c.below(2) : 0 },
  };
}

test('gradients of AveragePool', async () => {
  await fc.assert(
    fc.asyncProperty(choiceNumbers(30), async (numbers) => {
      const c = new Choices(numbers);
      const { operands, attributes } = pool(c);
      const padded = { ...attributes, count_include_pad: c.below(2) };
      // Opset 19 defines which pads count where ceil_mode adds a window.
      await expectGradient({ opType: 'AveragePool', operands, attributes: padded, opset: 19 });
    }),
    { numRuns: 40 },
  );
});

test('gradients of MaxPool, overlapping windows too', async () => {
  await fc.assert(
    fc.asyncProperty(choiceNumbers(30), async (numbers) => {
      const c = new Choices(numbers);
      const { operands, attributes } = pool(c);
      const dilations = attributes.kernel_shape.map(() =>
        attributes.ceil_mode ? 1 : c.between(1, 2),
      );
      await expectGradient({
        opType: 'MaxPool',
        operands,
        attributes: { ...attributes, dilations },
      });
    }),
    { numRuns: 40 },
  );
});

test.each([[[2, 3, 5]], [[2, 3, 4, 5]], [[1, 2, 3, 2, 2]]])(
  'gradients of GlobalAveragePool %j',
  (dims) => expectGradient({ opType: 'GlobalAveragePool', operands: [dims] }),
);

describe('equal maxima', () => {
  /** Gradient of the sum of all maxima, each counted once, twice … in row-major order. */
  async function gradient(image: number[], size: number, portable: boolean) {
    const b = new GraphBuilder();
    const x = b.input('x', [1, 1, size, size]);
    const y = b.op('MaxPool', [x], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] });
    const out = Math.floor((size - 1) / 2) + 1;
    const weights = Array.from({ length: out * out }, (_, i) => 10 ** i);
    const scaled = b.op('Mul', [y, b.floats([1, 1, out, out], weights)]);
    const loss = b.op('ReduceSum', [scaled], { keepdims: 0 });
    const { builder, gradients } = differentiate(b.model(), { loss, parameters: [x], portable });
    const value = gradients.get(x);
    if (!value) throw new Error('no gradient');
    builder.output(value);
    const feeds = new Map([['x', Tensor.fromNumbers('float32', [1, 1, size, size], image)]]);
    const results = await runModel(builder.model(), feeds);
    return [...(results.get(value.name) as Tensor).toNumbers()];
  }

  // torch.nn.functional.max_pool2d(x, 3, 2, 1) of PyTorch 2.13, backward with the weights 1, 10, 100, 1000.
  test.each([false, true])(
    'go where PyTorch sends them: first in row-major order (portable: %s)',
    async (portable) => {
      const flat = Array(16).fill(0);
      expect(await gradient(flat, 4, portable)).toEqual([
        1, 10, 0, 0, 100, 1000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
      ]);
      const negative = Array(16).fill(-1);
      expect(await gradient(negative, 4, portable)).toEqual([
        1, 10, 0, 0, 100, 1000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
      ]);
      const edge = [0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0];
      expect(await gradient(edge, 4, portable)).toEqual([
        0, 0, 0, 0, 0, 1111, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
      ]);
    },
  );
});
