import fc from 'fast-check';
import { test } from 'vitest';
import { Choices, choiceNumbers } from '../../reference/choices.js';
import { expectGradient } from '../gradient-check.js';

const lists = (c: Choices, rank: number, low: number, high: number): number[] =>
  Array.from({ length: rank }, () => c.between(low, high));

function window(c: Choices, rank: number) {
  return {
    group: c.of(1, 2, 3),
    strides: lists(c, rank, 1, 3),
    dilations: lists(c, rank, 1, 2),
    pads: lists(c, 2 * rank, 0, 3),
  };
}

test('gradients of Conv: ranks, groups, strides, dilations and pads', async () => {
  await fc.assert(
    fc.asyncProperty(choiceNumbers(40), async (numbers) => {
      const c = new Choices(numbers);
      const rank = c.of(2, 1, 3);
      const attributes = window(c, rank);
      const [inputs, outputs] = [c.between(1, 3), c.between(1, 3)];
      const spatial = lists(c, rank, 5, rank === 3 ? 6 : 8);
      const operands = [
        [c.between(1, 3), attributes.group * inputs, ...spatial],
        [attributes.group * outputs, inputs, ...lists(c, rank, 1, 3)],
        ...(c.of(true, false) ? [[attributes.group * outputs]] : []),
      ];
      await expectGradient({ opType: 'Conv', operands, attributes });
    }),
    { numRuns: 40 },
  );
});

test.each(['SAME_UPPER', 'SAME_LOWER', 'VALID'])('gradients of Conv with auto_pad %s', (auto_pad) =>
  expectGradient({
    opType: 'Conv',
    operands: [
      [2, 2, 7, 8],
      [3, 2, 4, 3],
    ],
    attributes: { auto_pad, strides: [2, 1] },
  }),
);

test('gradients of ConvTranspose: ranks, groups, strides, dilations and pads', async () => {
  await fc.assert(
    fc.asyncProperty(choiceNumbers(40), async (numbers) => {
      const c = new Choices(numbers);
      const rank = c.of(2, 1, 3);
      const { group, strides, dilations } = window(c, rank);
      const kernel = lists(c, rank, 1, 3);
      const pads = [...kernel, ...kernel].map((k) => c.below(k));
      const output_padding = strides.map((s) => c.below(s));
      const [inputs, outputs] = [c.between(1, 3), c.between(1, 3)];
      const operands = [
        [c.between(1, 2), group * inputs, ...lists(c, rank, 3, 4)],
        [group * inputs, outputs, ...kernel],
        ...(c.of(true, false) ? [[group * outputs]] : []),
      ];
      const attributes = { group, strides, dilations, pads, output_padding };
      await expectGradient({ opType: 'ConvTranspose', operands, attributes });
    }),
    { numRuns: 40 },
  );
});
