import { expect, test } from 'vitest';
import type { Model } from '../../../src/ir/index.js';
import { pytorchDefault } from '../../../src/models/initialization.js';
import { Layers } from '../../../src/models/layers.js';
import { elementCount, type Tensor } from '../../../src/tensor/index.js';
import { buildTrainingStep, openStep, type StepBatch } from '../../../src/train/step/index.js';
import { fillWithNoise } from '../../models/noise.js';
import { relativeError } from '../../models/stored.js';
import {
  batchSize,
  classes,
  image,
  smallBatch,
  smallNet,
  smallOptions,
  trained,
} from './small-net.js';

/** Without batch norms, which would see smaller batches. */
function plainNet(): Model {
  const layers = new Layers('plain', { image: [...image], classes, seed: 0 }, pytorchDefault);
  const conv = layers.conv('conv', layers.input, 4, 3, { stride: 2, bias: true });
  const pooled = layers.maxPool('pool', layers.relu('relu', conv), 2);
  const model = layers.model(layers.linear('linear', layers.average(pooled), classes));
  fillWithNoise(model);
  return model;
}

function part({ images, targets }: StepBatch, index: number, count: number): StepBatch {
  const slice = (values: Float32Array, width: number) =>
    values.slice((index * batchSize * width) / count, ((index + 1) * batchSize * width) / count);
  return { images: slice(images, elementCount(image)), targets: slice(targets, classes) };
}

async function inParts(model: Model, count: number, steps: number): Promise<Map<string, Tensor>> {
  const options = { ...smallOptions, batchSize: batchSize / count, accumulate: count };
  const open = await openStep(buildTrainingStep(model, options));
  try {
    for (let step = 1; step <= steps; step++) {
      const [batch, info] = [smallBatch(step), { step, rate: 0.1 }];
      for (let i = 0; i < count - 1; i++) await open.accumulate(part(batch, i, count), info);
      await open.run(part(batch, count - 1, count), info);
    }
    return await open.state();
  } finally {
    await open.release();
  }
}

test.each([2, 3])(
  'an update from %i batches is that of one batch of their images',
  async (count) => {
    const { state } = await trained(plainNet(), smallOptions, 3);
    const found = await inParts(plainNet(), count, 3);
    expect([...found.keys()]).toEqual([...state.keys()]);
    for (const [name, tensor] of state) {
      expect(
        relativeError(found.get(name)!.toNumbers(), [...tensor.toNumbers()]),
        name,
      ).toBeLessThan(1e-5);
    }
  },
);

test('every batch moves the running statistics', async () => {
  const whole = await trained(smallNet(), smallOptions, 1);
  const found = await inParts(smallNet(), 2, 1);
  const [mean, expected] = [found, whole.state].map((s) => [
    ...s.get('bn1.running_mean')!.toNumbers(),
  ]);
  expect(relativeError(mean!, expected!)).toBeGreaterThan(0.01);
});

test('batches cannot be left out', async () => {
  const options = { ...smallOptions, accumulate: 2 };
  const open = await openStep(buildTrainingStep(plainNet(), options));
  try {
    const info = { step: 1, rate: 0.1 };
    await expect(open.run(smallBatch(1), info)).rejects.toThrow(/internal/);
    await open.accumulate(smallBatch(1), info);
    await expect(open.accumulate(smallBatch(2), info)).rejects.toThrow(/internal/);
  } finally {
    await open.release();
  }
});
