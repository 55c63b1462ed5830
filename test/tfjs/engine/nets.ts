import { expand, findBranchType } from '../../../src/branches/index.js';
import type { Model } from '../../../src/ir/index.js';
import { pytorchDefault } from '../../../src/models/initialization.js';
import { Layers } from '../../../src/models/layers.js';
import { optimizerTypes } from '../../../src/optimizers/index.js';
import { losses } from '../../../src/train/losses/index.js';
import type { StepBatch, StepOptions } from '../../../src/train/step/index.js';
import { fillWithNoise, noise } from '../../models/noise.js';

export const [batchSize, size, classes] = [4, 8, 3];
export const image = [3, size, size] as const;

/** VGG: two convolutions with batch norms, and a pool. */
export function vggBlock(dropout = 0): Model {
  const layers = new Layers('vgg', { image: [...image], classes, seed: 0 }, pytorchDefault);
  let x = layers.input;
  for (const i of [1, 2]) {
    const conv = layers.conv(`conv${i}`, x, 4, 3, { padding: 1 });
    x = layers.relu(`relu${i}`, layers.norm(`bn${i}`, conv));
  }
  const pooled = layers.average(layers.maxPool('pool', x, 2));
  const dropped = dropout > 0 ? layers.dropout('dropout', pooled, dropout) : pooled;
  return filled(layers.model(layers.linear('linear', dropped, classes)));
}

/** ResNet: a block with a stride and a shortcut. */
export function resnetBlock(): Model {
  const layers = new Layers('resnet', { image: [...image], classes, seed: 0 }, pytorchDefault);
  const conv = (name: string, x: typeof layers.input, kernel: number, stride = 1) =>
    layers.norm(
      `${name}.bn`,
      layers.conv(name, x, 4, kernel, { stride, padding: (kernel - 1) / 2 }),
    );
  const first = layers.relu('relu1', conv('conv1', layers.input, 3, 2));
  const sum = layers.add('add', conv('conv2', first, 3), conv('shortcut', layers.input, 1, 2));
  const pooled = layers.average(layers.relu('relu2', sum));
  return filled(layers.model(layers.linear('linear', pooled, classes)));
}

function filled(model: Model): Model {
  fillWithNoise(model);
  return model;
}

/** The VGG block with its convolutions as branches. */
export const branched = (type: string): Model =>
  expand(vggBlock(), { block: findBranchType(type), mode: 'fresh', seed: 3 }).model;

export const nets: readonly (readonly [string, () => Model])[] = [
  ['a VGG block', () => vggBlock()],
  ['a ResNet block', resnetBlock],
  ['a DBB block', () => branched('dbb')],
  ['an ACB block', () => branched('acb')],
];

export const options: StepOptions = {
  batchSize,
  image,
  loss: losses[0],
  optimizer: optimizerNamed('sgd'),
  optimizerOptions: { momentum: 0.9, weightDecay: 0.01 },
};

export function optimizerNamed(name: string) {
  return optimizerTypes.find((type) => type.name === name)!;
}

export function batchOf(step: number): StepBatch {
  const count = batchSize * image.reduce((a, b) => a * b, 1);
  const targets = new Float32Array(batchSize * classes);
  for (const [i, x] of noise(`labels.${step}`, batchSize).entries()) {
    targets[i * classes + Math.floor(((x + 1) / 2) * classes)] = 1;
  }
  return { images: Float32Array.from(noise(`images.${step}`, count)), targets };
}
