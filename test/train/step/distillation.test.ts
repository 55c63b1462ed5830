import { expect, test } from 'vitest';
import { pytorchDefault } from '../../../src/models/initialization.js';
import { Layers } from '../../../src/models/layers.js';
import { runModel } from '../../../src/runtime/index.js';
import { Tensor } from '../../../src/tensor/index.js';
import { buildTrainingStep } from '../../../src/train/step/index.js';
import {
  batchSize,
  classes,
  image,
  smallBatch,
  smallNet,
  smallOptions,
  trained,
} from './small-net.js';

const logSoftmax = (row: readonly number[]): number[] => {
  const sum = row.reduce((total, x) => total + Math.exp(x), 0);
  return row.map((x) => x - Math.log(sum));
};

/** T² · KL(softmax(teacher / T) ‖ softmax(student / T)), averaged over rows. */
function divergence(student: ArrayLike<number>, teacher: ArrayLike<number>, t: number): number {
  let sum = 0;
  for (let i = 0; i < batchSize; i++) {
    const [own, taught] = [student, teacher].map((values) => {
      const row = Array.from({ length: classes }, (_, k) => values[i * classes + k]! / t);
      return logSoftmax(row);
    });
    for (let k = 0; k < classes; k++) sum += Math.exp(taught![k]!) * (taught![k]! - own![k]!);
  }
  return (t ** 2 * sum) / batchSize;
}

function student() {
  const layers = new Layers('student', { image: [...image], classes, seed: 1 }, pytorchDefault);
  const x = layers.relu('relu', layers.norm('bn1', layers.conv('conv1', layers.input, 4, 3)));
  return layers.model(layers.linear('linear', layers.average(x), classes));
}

test('a teacher in the same graph adds its part to the loss, and stays as it is', async () => {
  const batch = smallBatch(1);
  const distillation = { alpha: 0.25, temperature: 3 };
  const options = { ...smallOptions, teacher: smallNet(), distillation };
  const [alone, taught] = [
    await trained(student(), smallOptions, 1),
    await trained(student(), options, 1),
  ];
  const images = Tensor.fromNumbers('float32', [batchSize, ...image], batch.images);
  const inference = await runModel(smallNet(), new Map([['input', images]]));
  const logits = inference.get('logits')!.toNumbers();
  const expected = 0.75 * alone.losses[0]! + 0.25 * divergence(taught.outputs, logits, 3);
  expect(taught.losses[0]).toBeCloseTo(expected, 5);
  expect(taught.outputs).toEqual(alone.outputs);
  expect([...taught.state.keys()]).toEqual([...alone.state.keys()]);
});

test('who agrees with the teacher learns nothing from it', async () => {
  const options = {
    ...smallOptions,
    optimizerOptions: {},
    trainOnly: ['linear'],
    teacher: smallNet(),
    distillation: { alpha: 1, temperature: 2 },
  };
  const { losses, state } = await trained(smallNet(), options, 2);
  for (const loss of losses) expect(Math.abs(loss)).toBeLessThan(1e-6);
  const step = buildTrainingStep(smallNet(), options);
  for (const { name, initial } of step.state) {
    const [before, after] = [initial.toNumbers(), state.get(name)!.toNumbers()];
    for (const [i, x] of before.entries()) expect(after[i]).toBeCloseTo(x, 6);
  }
});
