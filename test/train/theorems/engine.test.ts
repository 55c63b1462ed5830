import { expect, test } from 'vitest';
import { usualLayers } from '../../../src/train/theorems/experiment.js';
import {
  engine,
  findTheorems,
  float32Limit,
  proveTheorems,
  type Theorem,
  theorems,
} from '../../../src/train/theorems/index.js';
import { bestScalingLeaves } from '../../../src/train/theorems/limits.js';
import type { OpenTrainer } from '../../../src/train/theorems/trainer.js';

const context = { open: engine() };

test.each(theorems)('$id: $statement', async (theorem) => {
  for await (const { error, asExpected } of proveTheorems([theorem], context)) {
    expect(asExpected, `error ${error}`).toBe(true);
  }
});

/** Makes one element of every G wrong by a hundredth. */
const withWrongScaling: OpenTrainer = async (model, options) => {
  const trainer = await engine()(model, options);
  return {
    ...trainer,
    setState(values) {
      trainer.setState(
        new Map(
          [...values].map(([name, numbers]) => [
            name,
            name.startsWith('scaling.') ? numbers.map((g, i) => (i === 0 ? 1.01 * g : g)) : numbers,
          ]),
        ),
      );
    },
  };
};

const [one, adam, preconditioned, changing] = findTheorems([
  'T1',
  'T4a',
  'T16',
  'T20',
]) as Theorem[];

test.each([one!, adam!, preconditioned!, changing!])(
  'a G that is wrong by a hundredth shows: $id',
  async (theorem) => {
    const results = proveTheorems([theorem], { open: withWrongScaling });
    for await (const { error, asExpected } of results) {
      expect(asExpected).toBe(false);
      expect(error).toBeGreaterThan(10 * float32Limit);
      expect(error).toBeLessThan(0.1);
    }
  },
);

test('a control that does not fail is not as expected', async () => {
  const [theorem] = findTheorems(['C1']) as [Theorem];
  const mended = { ...theorem, measure: one!.measure };
  for await (const { asExpected } of proveTheorems([mended], context)) {
    expect(asExpected).toBe(false);
  }
});

test('the best G of constant linear branches leaves nothing', async () => {
  expect(await bestScalingLeaves(context, usualLayers.slice(0, 1))).toBeLessThan(float32Limit);
});

test('ids are found with and without their letter', () => {
  const ids = (...names: string[]) => findTheorems(names).map(({ id }) => id);
  expect(ids('t4')).toEqual(['T4a', 'T4b', 'T4c', 'T4d', 'T4e']);
  expect(ids('T4b', 'C1', 'T1')).toEqual(['T1', 'T4b', 'C1']);
  expect(() => findTheorems(['T6'])).toThrow(/no theorem 'T6'/);
});
