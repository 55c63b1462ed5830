import { expect, test } from 'vitest';
import { pytorchDefault } from '../../../src/models/initialization.js';
import { Layers } from '../../../src/models/layers.js';
import { optimizerTypes } from '../../../src/optimizers/index.js';
import { buildTrainingStep, openStep, type StepResult } from '../../../src/train/step/index.js';
import { classes, image, smallBatch, smallNet, smallOptions } from './small-net.js';

const optimizers = optimizerTypes.map(({ name }) => name);
const numbers = [1, 2, 3, 4, 5];
const infos = numbers.map((step) => ({ step, rate: 0.1 / step }));
const batches = numbers.map(smallBatch);

test.each(optimizers)(
  'several steps of %s in one run are those steps, bit for bit',
  async (name) => {
    const optimizer = optimizerTypes.find((type) => type.name === name)!;
    const step = buildTrainingStep(smallNet(), { ...smallOptions, optimizer, averageDecay: 0.9 });
    const [single, several] = [await openStep(step), await openStep(step, { several: true })];
    try {
      expect([single.together, several.together]).toEqual([1, 16]);
      const expected: StepResult[] = [];
      for (const [i, info] of infos.entries()) expected.push(await single.run(batches[i]!, info));
      // A run of three, one and one.
      const found = await several.runSeveral(batches.slice(0, 3), infos.slice(0, 3));
      for (const i of [3, 4]) found.push(await several.run(batches[i]!, infos[i]!));
      expect(found.map(({ loss }) => loss)).toEqual(expected.map(({ loss }) => loss));
      for (const [i, { outputs }] of found.entries()) expect(outputs).toEqual(expected[i]!.outputs);
      const [a, b] = [await single.state(), await several.state()];
      expect([...b.keys()]).toEqual([...a.keys()]);
      for (const [key, tensor] of a) expect(b.get(key)!.toFloats(), key).toEqual(tensor.toFloats());
    } finally {
      await single.release();
      await several.release();
    }
  },
);

test('a loss that is not finite within a run is named, and the state is that before its step', async () => {
  const steps = infos.map((info) => ({ ...info, rate: info.step === 2 ? 1e30 : 0.1 }));
  const step = buildTrainingStep(smallNet(), smallOptions);
  const [single, several] = [await openStep(step), await openStep(step, { several: true })];
  try {
    await expect(several.runSeveral(batches, steps)).rejects.toThrow(/loss of step 3 is NaN/);
    for (const i of [0, 1]) await single.run(batches[i]!, steps[i]!);
    const [a, b] = [await single.state(), await several.state()];
    for (const [key, tensor] of a) expect(b.get(key)!.toFloats(), key).toEqual(tensor.toFloats());
  } finally {
    await single.release();
    await several.release();
  }
});

test('masks of dropout are those of single steps', async () => {
  const layers = new Layers('dropped', { image: [...image], classes, seed: 0 }, pytorchDefault);
  const conv = layers.conv('conv', layers.input, 4, 3, { stride: 2, bias: true });
  const dropped = layers.dropout('drop', layers.average(layers.relu('relu', conv)), 0.5);
  const model = layers.model(layers.linear('linear', dropped, classes));
  const step = buildTrainingStep(model, smallOptions);
  expect(step.noises).toHaveLength(1);
  const [single, several] = [await openStep(step), await openStep(step, { several: true })];
  try {
    const expected: number[] = [];
    for (const [i, info] of infos.entries())
      expected.push((await single.run(batches[i]!, info)).loss);
    const found = await several.runSeveral(batches, infos);
    expect(found.map(({ loss }) => loss)).toEqual(expected);
  } finally {
    await single.release();
    await several.release();
  }
});

test('large batches are few in a run, and updates of several batches are made alone', async () => {
  const large = { ...smallOptions, batchSize: 4096 };
  const open = await openStep(buildTrainingStep(smallNet(), large), { several: true });
  expect(open.together).toBe(2);
  await open.release();
  const two = await openStep(buildTrainingStep(smallNet(), { ...smallOptions, accumulate: 2 }), {
    several: true,
  });
  expect(two.together).toBe(1);
  await two.release();
});
