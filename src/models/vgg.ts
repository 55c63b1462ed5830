import type { Value } from '../ir/index.js';
import { adaptiveAveragePool } from './adaptive-pool.js';
import {
  type Initialization,
  kaimingFanOut,
  normals,
  pytorchDefault,
  zeros,
} from './initialization.js';
import type { Layers } from './layers.js';
import type { ModelBuilder } from './model-builder.js';
import { cifar, imageNet, modelBuilder } from './network.js';
import { lengthOf } from './shapes.js';

const source = 'Simonyan and Zisserman, arXiv:1409.1556';

const widths = [64, 128, 256, 512, 512] as const;

/** Convs of each stage by the number of weight layers. */
const depths = {
  11: [1, 1, 2, 2, 2],
  13: [2, 2, 2, 2, 2],
  16: [2, 2, 3, 3, 3],
  19: [2, 2, 4, 4, 4],
} as const;

type Depth = keyof typeof depths;

const torchvision: Initialization = {
  conv: { weight: kaimingFanOut, bias: zeros },
  linear: { weight: normals(0.01), bias: zeros },
};

/** 3×3 convs with normalization, each stage ended by 2×2 max pooling: [N, C, H, W] → [N, 512·factor, H/32, W/32]. */
function features(layers: Layers, depth: Depth, factor = 1): Value {
  let x = layers.input;
  let index = 0;
  const name = () => `features.${index++}`;
  depths[depth].forEach((convs, stage) => {
    for (let i = 0; i < convs; i++) {
      x = layers.conv(name(), x, factor * (widths[stage] as number), 3, { padding: 1, bias: true });
      x = layers.norm(name(), x);
      x = layers.relu(name(), x);
    }
    x = layers.maxPool(name(), x, 2);
  });
  return x;
}

const large = (depth: Depth): ModelBuilder =>
  modelBuilder({
    name: `vgg${depth}_bn`,
    description: `VGG-${depth} with batch normalization for ImageNet, as torchvision's: 7×7 pooling and three linear layers`,
    source,
    madeFor: imageNet,
    initialization: torchvision,
    logits(layers) {
      const pooled = adaptiveAveragePool(layers, 'avgpool', features(layers, depth), 7);
      let x = layers.flatten(pooled);
      for (const index of [0, 3]) {
        x = layers.linear(`classifier.${index}`, x, 4096);
        x = layers.relu(`classifier.${index + 1}`, x);
        x = layers.dropout(`classifier.${index + 2}`, x, 0.5);
      }
      return layers.linear('classifier.6', x, layers.classes);
    },
  });

/** @param factor of the widths (MobileNet's width multiplier) */
const small = (depth: Depth, factor = 1): ModelBuilder =>
  modelBuilder({
    name: `vgg${depth}${factor === 1 ? '' : `_w${factor}`}`,
    description: `VGG-${depth} with batch normalization for 32×32 images${factor === 1 ? '' : `, ${factor} of its width`}: the convs, then one linear layer`,
    source,
    madeFor: cifar,
    initialization: pytorchDefault,
    logits(layers) {
      const x = features(layers, depth, factor);
      const isPixel = lengthOf(x, 2) === 1 && lengthOf(x, 3) === 1;
      const vector = isPixel ? layers.flatten(x) : layers.average(x);
      return layers.linear('classifier', vector, layers.classes);
    },
  });

/** VGG. Names: torchvision's and, for 32×32, those of the usual CIFAR code, which differ in the classifier. */
export const vggBuilders: readonly ModelBuilder[] = [
  ...([11, 13, 16, 19] as const).map((depth) => small(depth)),
  small(11, 0.25),
  ...([11, 13, 16, 19] as const).map(large),
];
