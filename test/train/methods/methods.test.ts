import { expect, test } from 'vitest';
import { ReparamError } from '../../../src/errors.js';
import { copyModel } from '../../../src/onnx/index.js';
import { optimizerTypes } from '../../../src/optimizers/index.js';
import { trainingMethods } from '../../../src/train/methods/index.js';
import { completeRecipe, type Recipe } from '../../../src/train/recipe/index.js';
import { smallModel } from '../small-model.js';

function prepare(method: string, given: Partial<Recipe> = {}, optimizer = 'sgd') {
  const recipe = completeRecipe({ ...given, method: method as Recipe['method'] });
  const type = optimizerTypes.find(({ name }) => name === optimizer)!;
  const found = trainingMethods.find(({ name }) => name === method)!;
  return found.prepare(copyModel(smallModel(4)), recipe, type);
}

const problem = async (work: () => unknown): Promise<string> => {
  try {
    await work();
  } catch (error) {
    if (error instanceof ReparamError) return `${error.message}; ${error.hint}`;
    throw error;
  }
  return 'none';
};

test('recipes know every method', () => {
  for (const { name } of trainingMethods) {
    expect(completeRecipe({ method: name as Recipe['method'] }).method).toBe(name);
  }
});

test('sgs scales every convolution with several taps', async () => {
  const { scalings, schedule } = await prepare('sgs');
  expect([...scalings!.keys()]).toEqual(['first.conv.weight', 'second.conv.weight']);
  expect(schedule).toBe('measured');
});

test('sgs like a family: mean 1, with squares only where gradients are scaled', async () => {
  const gradient = await prepare('sgs', { sgsLike: 'dbb' });
  const update = await prepare('sgs', { sgsLike: 'dbb', optimizer: 'adamw' }, 'adamw');
  const [a, b] = [gradient, update].map(({ scalings }) =>
    scalings!.get('first.conv.weight')!.toNumbers(),
  );
  const mean = (values: Float64Array) => values.reduce((sum, v) => sum + v, 0) / values.length;
  expect(mean(a!)).toBeCloseTo(1, 6);
  expect(a![4]! / a![0]!).toBeCloseTo((3 + 1 / 81) / (2 + 1 / 81), 5);
  expect(b![4]! / b![0]!).toBeCloseTo((3 + 1 / 9) / (2 + 1 / 9), 5);
});

test('patterns choose convolutions, and one that matches nothing is refused', async () => {
  const { scalings } = await prepare('sgs', { skip: ['first*'] });
  expect([...scalings!.keys()]).toEqual(['second.conv.weight']);
  expect(await problem(() => prepare('sgs', { only: ['third*'] }))).toMatch(
    /no convolution with several taps is named 'third\*'.*first\.conv/,
  );
});

test('repopt leaves the given model as it is', async () => {
  const source = smallModel(4);
  const before = [...source.graph.initializers].map((v) => v.constant!.toNumbers());
  const recipe = completeRecipe({ method: 'repopt' });
  const { model, scalings } = await trainingMethods
    .find(({ name }) => name === 'repopt')!
    .prepare(source, recipe, optimizerTypes[0]!);
  expect([...source.graph.initializers].map((v) => v.constant!.toNumbers())).toEqual(before);
  expect([...model.graph.initializers].map((v) => v.constant!.toNumbers())).not.toEqual(before);
  // Eight channels in and out: the second convolution has an identity, the first has none.
  expect(Math.max(...scalings!.get('first.conv.weight')!.toNumbers())).toBe(2);
  expect(Math.max(...scalings!.get('second.conv.weight')!.toNumbers())).toBe(3);
});

test('custom needs a specification', async () => {
  expect(await problem(() => prepare('custom'))).toMatch(/needs a file .* --block-spec/);
  expect(await problem(() => prepare('custom', { blockSpec: 'missing.yaml' }))).toMatch(
    /cannot read missing.yaml/,
  );
});

test('a block that fits nothing is refused with the reason', async () => {
  expect(await problem(() => prepare('replknet'))).not.toBe('');
});
