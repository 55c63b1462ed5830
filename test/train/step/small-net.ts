import type { Model, Value } from '../../../src/ir/index.js';
import { pytorchDefault } from '../../../src/models/initialization.js';
import { Layers } from '../../../src/models/layers.js';
import { optimizerTypes } from '../../../src/optimizers/index.js';
import { elementCount, Tensor } from '../../../src/tensor/index.js';
import { losses } from '../../../src/train/losses/index.js';
import {
  buildTrainingStep,
  type OpenStepOptions,
  openStep,
  type StepBatch,
  type StepOptions,
} from '../../../src/train/step/index.js';
import { fillWithNoise, noise } from '../../models/noise.js';

export const [batchSize, size, classes] = [6, 24, 5];
export const image = [3, size, size] as const;

/** What the script trains with. */
export const smallOptions: StepOptions = {
  batchSize,
  image,
  loss: losses.find(({ name }) => name === 'crossentropy')!,
  optimizer: optimizerTypes.find(({ name }) => name === 'sgd')!,
  optimizerOptions: { momentum: 0.9, weightDecay: 0.01 },
  noDecay: [],
};

function residual(layers: Layers, x: Value, width: number): Value {
  const down = { stride: 2, padding: 1 };
  const first = layers.norm('block.bn1', layers.conv('block.conv1', x, width, 3, down));
  const relu = layers.relu('block.relu', first);
  const second = layers.norm(
    'block.bn2',
    layers.conv('block.conv2', relu, width, 3, { padding: 1 }),
  );
  const side = layers.conv('block.shortcut.0', x, width, 1, { stride: 2 });
  const sum = layers.add('block', second, layers.norm('block.shortcut.1', side));
  return layers.relu('block.relu', sum);
}

/** The network of fixtures/exporters/training_steps.py, with its weights. */
export function smallNet(): Model {
  const layers = new Layers('small', { image: [...image], classes, seed: 0 }, pytorchDefault);
  const conv = layers.norm('bn1', layers.conv('conv1', layers.input, 4, 3, { padding: 1 }));
  const pooled = layers.maxPool('pool1', layers.relu('relu', conv), 2);
  const twice = layers.maxPool('pool2', pooled, 3, { stride: 2, padding: 1 });
  const model = layers.model(
    layers.linear('linear', layers.average(residual(layers, twice, 6)), classes),
  );
  fillWithNoise(model);
  const weight = initializer(model, 'conv1.weight');
  const values = weight.constant!.toNumbers().map((x, i) => (i % 9 === 4 ? x : 0));
  weight.constant = Tensor.fromNumbers('float32', weight.constant!.dims, values);
  return model;
}

export const initializer = (model: Model, name: string): Value =>
  [...model.graph.initializers].find((value) => value.name === name)!;

/** Images of blocks of 4×4 equal pixels, and labels, as the script makes them. */
export function smallBatch(step: number): StepBatch {
  const side = size / 4;
  const blocks = noise(`images.${step}`, batchSize * 3 * side * side);
  const images = Float32Array.from({ length: batchSize * elementCount(image) }, (_, i) => {
    const [plane, row, column] = [Math.floor(i / size ** 2), Math.floor(i / size) % size, i % size];
    return blocks[(plane * side + Math.floor(row / 4)) * side + Math.floor(column / 4)]!;
  });
  const targets = new Float32Array(batchSize * classes);
  for (const [i, x] of noise(`labels.${step}`, batchSize).entries()) {
    targets[i * classes + Math.floor(((x + 1) / 2) * classes)] = 1;
  }
  return { images, targets };
}

/** The loss of each step, and the state after the last. */
export async function trained(
  model: Model,
  options: StepOptions,
  steps: number,
  session: OpenStepOptions = {},
): Promise<{ losses: number[]; outputs: Float32Array; state: Map<string, Tensor> }> {
  const open = await openStep(buildTrainingStep(model, options), session);
  try {
    const losses: number[] = [];
    let outputs = new Float32Array();
    for (let step = 1; step <= steps; step++) {
      const result = await open.run(smallBatch(step), { step, rate: 0.1 });
      losses.push(result.loss);
      outputs = Float32Array.from(result.outputs);
    }
    return { losses, outputs, state: await open.state() };
  } finally {
    await open.release();
  }
}
