import type { Value } from '../ir/index.js';
import {
  type Initialization,
  kaimingFanOut,
  pytorchDefault,
  uniformFanIn,
} from './initialization.js';
import type { Layers } from './layers.js';
import type { ModelBuilder } from './model-builder.js';
import { cifar, imageNet, modelBuilder } from './network.js';
import { channelsOf } from './shapes.js';

const source = 'He et al., arXiv:1512.03385';

const torchvision: Initialization = {
  conv: { weight: kaimingFanOut, bias: uniformFanIn },
  linear: { weight: uniformFanIn, bias: uniformFanIn },
};

/** Blocks of each stage by the number of weight layers. */
const depths = { 18: [2, 2, 2, 2], 34: [3, 4, 6, 3], 50: [3, 4, 6, 3] } as const;

type Depth = keyof typeof depths;

/** How a block of this width changes `x`, to the values that are added to the shortcut. */
type Body = (layers: Layers, name: string, x: Value, width: number, stride: number) => Value;

const twoConvs: Body = (layers, name, x, width, stride) => {
  const first = layers.conv(`${name}.conv1`, x, width, 3, { stride, padding: 1 });
  const active = layers.relu(`${name}.relu`, layers.norm(`${name}.bn1`, first));
  const second = layers.conv(`${name}.conv2`, active, width, 3, { padding: 1 });
  return layers.norm(`${name}.bn2`, second);
};

/** The stride is in the 3×3 conv, as in torchvision, not in the first 1×1 as in the paper. */
const bottleneck: Body = (layers, name, x, width, stride) => {
  const first = layers.conv(`${name}.conv1`, x, width, 1);
  const narrow = layers.relu(`${name}.relu`, layers.norm(`${name}.bn1`, first));
  const second = layers.conv(`${name}.conv2`, narrow, width, 3, { stride, padding: 1 });
  const mixed = layers.relu(`${name}.relu`, layers.norm(`${name}.bn2`, second));
  return layers.norm(`${name}.bn3`, layers.conv(`${name}.conv3`, mixed, 4 * width, 1));
};

/** Four stages of residual blocks; all but the first stage halve the image. */
function stages(layers: Layers, input: Value, depth: Depth, shortcutName: string): Value {
  const body = depth === 50 ? bottleneck : twoConvs;
  let x = input;
  depths[depth].forEach((blocks, stage) => {
    for (let i = 0; i < blocks; i++) {
      const name = `layer${stage + 1}.${i}`;
      const stride = stage > 0 && i === 0 ? 2 : 1;
      const y = body(layers, name, x, 64 * 2 ** stage, stride);
      let shortcut = x;
      if (stride > 1 || channelsOf(x) !== channelsOf(y)) {
        const path = `${name}.${shortcutName}`;
        shortcut = layers.conv(`${path}.0`, x, channelsOf(y), 1, { stride });
        shortcut = layers.norm(`${path}.1`, shortcut);
      }
      x = layers.relu(`${name}.relu`, layers.add(`${name}.add`, y, shortcut));
    }
  });
  return x;
}

const large = (depth: Depth): ModelBuilder =>
  modelBuilder({
    name: `resnet${depth}`,
    description: `ResNet-${depth} for ImageNet, as torchvision's: a 7×7 conv of stride 2 and max pooling first`,
    source,
    madeFor: imageNet,
    initialization: torchvision,
    logits(layers) {
      const first = layers.conv('conv1', layers.input, 64, 7, { stride: 2, padding: 3 });
      const active = layers.relu('relu', layers.norm('bn1', first));
      const pooled = layers.maxPool('maxpool', active, 3, { stride: 2, padding: 1 });
      const x = layers.average(stages(layers, pooled, depth, 'downsample'));
      return layers.linear('fc', x, layers.classes);
    },
  });

const small = (depth: Depth): ModelBuilder =>
  modelBuilder({
    name: `resnet${depth}_cifar`,
    description: `ResNet-${depth} for 32×32 images: a 3×3 conv of stride 1 first, no pooling`,
    source,
    madeFor: cifar,
    initialization: pytorchDefault,
    logits(layers) {
      const first = layers.conv('conv1', layers.input, 64, 3, { padding: 1 });
      const active = layers.relu('relu', layers.norm('bn1', first));
      const x = layers.average(stages(layers, active, depth, 'shortcut'));
      return layers.linear('linear', x, layers.classes);
    },
  });

/** ResNet. Names: torchvision's and, for 32×32, those of the usual CIFAR code (`shortcut`, `linear`). */
export const resnetBuilders: readonly ModelBuilder[] = [
  ...([18, 34, 50] as const).map(large),
  ...([18, 34, 50] as const).map(small),
];
