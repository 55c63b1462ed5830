import type { Value } from '../ir/index.js';
import { pytorchDefault } from './initialization.js';
import type { Layers } from './layers.js';
import type { ModelBuilder } from './model-builder.js';
import { cifar, imageNet, modelBuilder, type Network } from './network.js';
import { channelsOf } from './shapes.js';

/** Channels and stride of each block (table 1 of the paper). */
const blocks: readonly (readonly [number, number])[] = [
  [64, 1],
  [128, 2],
  [128, 1],
  [256, 2],
  [256, 1],
  [512, 2],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [1024, 2],
  [1024, 1],
];

/** A 3×3 conv within each channel, then a 1×1 conv across them, both normalized and rectified. */
function block(layers: Layers, name: string, x: Value, channels: number, stride: number): Value {
  const groups = channelsOf(x);
  const first = layers.conv(`${name}.conv1`, x, groups, 3, { stride, padding: 1, groups });
  const deep = layers.relu(`${name}.relu`, layers.norm(`${name}.bn1`, first));
  const second = layers.conv(`${name}.conv2`, deep, channels, 1);
  return layers.relu(`${name}.relu`, layers.norm(`${name}.bn2`, second));
}

/** @param firstStride of the first conv. */
const mobilenet = (
  form: Pick<Network, 'name' | 'description' | 'madeFor'>,
  firstStride: number,
): ModelBuilder =>
  modelBuilder({
    ...form,
    source: 'Howard et al., arXiv:1704.04861',
    initialization: pytorchDefault,
    logits(layers) {
      const first = layers.conv('conv1', layers.input, 32, 3, { stride: firstStride, padding: 1 });
      let x = layers.relu('relu', layers.norm('bn1', first));
      blocks.forEach(([channels, stride], i) => {
        x = block(layers, `layers.${i}`, x, channels, stride);
      });
      return layers.linear('linear', layers.average(x), layers.classes);
    },
  });

/** MobileNet of 2017. Names: those of the usual CIFAR code (`layers.0.conv1`, `linear`) for both forms. */
export const mobilenetV1Builders: readonly ModelBuilder[] = [
  mobilenet(
    {
      name: 'mobilenet_v1',
      description: 'MobileNet v1 for ImageNet: the first conv halves the image',
      madeFor: imageNet,
    },
    2,
  ),
  mobilenet(
    {
      name: 'mobilenet_v1_cifar',
      description: 'MobileNet v1 for 32×32 images: the first conv has stride 1',
      madeFor: cifar,
    },
    1,
  ),
];
