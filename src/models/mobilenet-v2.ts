import type { Value } from '../ir/index.js';
import { type Initialization, kaimingFanOut, normals, zeros } from './initialization.js';
import type { ConvOptions, Layers } from './layers.js';
import type { ModelBuilder } from './model-builder.js';
import { cifar, imageNet, modelBuilder, type Network } from './network.js';
import { channelsOf } from './shapes.js';

const torchvision: Initialization = {
  conv: { weight: kaimingFanOut, bias: zeros },
  linear: { weight: normals(0.01), bias: zeros },
};

/** Expansion, channels, number of blocks and stride of the first (table 2 of the paper). */
const stages: readonly (readonly [number, number, number, number])[] = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
];

/** Conv, normalization and ReLU6 as entries 0 to 2 of a sequence. */
function unit(
  layers: Layers,
  name: string,
  x: Value,
  channels: number,
  kernel: number,
  options: ConvOptions = {},
): Value {
  const padding = (kernel - 1) / 2;
  const y = layers.conv(`${name}.0`, x, channels, kernel, { padding, ...options });
  return layers.relu6(`${name}.2`, layers.norm(`${name}.1`, y));
}

interface Residual {
  readonly expansion: number;
  readonly channels: number;
  readonly stride: number;
}

/** Widens, filters each channel, narrows again; the narrow ends are not rectified and are joined by the shortcut. */
function invertedResidual(
  layers: Layers,
  name: string,
  x: Value,
  { expansion, channels, stride }: Residual,
): Value {
  let index = 0;
  const path = () => `${name}.conv.${index++}`;
  const groups = channelsOf(x) * expansion;
  const wide = expansion === 1 ? x : unit(layers, path(), x, groups, 1);
  const filtered = unit(layers, path(), wide, groups, 3, { stride, groups });
  const narrow = layers.conv(path(), filtered, channels, 1);
  const y = layers.norm(path(), narrow);
  return stride === 1 && channelsOf(x) === channels ? layers.add(`${name}.add`, x, y) : y;
}

/** @param earlyStride of the first conv and of the stage with 24 channels. */
const mobilenet = (
  form: Pick<Network, 'name' | 'description' | 'madeFor'>,
  earlyStride: number,
): ModelBuilder =>
  modelBuilder({
    ...form,
    source: 'Sandler et al., arXiv:1801.04381',
    initialization: torchvision,
    logits(layers) {
      let x = unit(layers, 'features.0', layers.input, 32, 3, { stride: earlyStride });
      let index = 1;
      stages.forEach(([expansion, channels, blocks, firstStride], stage) => {
        for (let i = 0; i < blocks; i++) {
          const stride = i > 0 ? 1 : stage === 1 ? earlyStride : firstStride;
          const residual = { expansion, channels, stride };
          x = invertedResidual(layers, `features.${index++}`, x, residual);
        }
      });
      x = unit(layers, `features.${index}`, x, 1280, 1);
      const vector = layers.dropout('classifier.0', layers.average(x), 0.2);
      return layers.linear('classifier.1', vector, layers.classes);
    },
  });

/** MobileNet of 2018. Names and initialization: torchvision's for both forms. */
export const mobilenetV2Builders: readonly ModelBuilder[] = [
  mobilenet(
    {
      name: 'mobilenet_v2',
      description: "MobileNet v2 for ImageNet, as torchvision's",
      madeFor: imageNet,
    },
    2,
  ),
  mobilenet(
    {
      name: 'mobilenet_v2_cifar',
      description: 'MobileNet v2 for 32×32 images: the first two strides of 2 are 1',
      madeFor: cifar,
    },
    1,
  ),
];
