import type { Dim, Value } from '../ir/index.js';
import { Tensor } from '../tensor/index.js';
import { type Initialization, kaimingFanIn, uniformFanIn } from './initialization.js';
import type { Layers } from './layers.js';
import type { ModelBuilder } from './model-builder.js';
import { cifar, modelBuilder } from './network.js';
import { channelsOf, lengthOf, shapeOf } from './shapes.js';

const initialization: Initialization = {
  conv: { weight: kaimingFanIn, bias: uniformFanIn },
  linear: { weight: kaimingFanIn, bias: uniformFanIn },
};

/** Every second pixel, with channels of zeros on both sides: the shortcut without weights (option A of the paper). */
function narrowShortcut(layers: Layers, name: string, x: Value, channels: number): Value {
  const int64s = (part: string, values: readonly number[]) =>
    layers.constant(`${name}.${part}`, Tensor.int64s(values));
  const [batch, width] = shapeOf(x) as [Dim, number];
  const lengths = [2, 3].map((axis) => Math.ceil(lengthOf(x, axis) / 2));
  const extent = [lengthOf(x, 2), lengthOf(x, 3)];
  const bounds = [int64s('starts', [0, 0]), int64s('ends', extent)];
  const steps = [int64s('axes', [2, 3]), int64s('steps', [2, 2])];
  const sliced = layers.op('Slice', name, [x, ...bounds, ...steps], [batch, width, ...lengths]);
  const side = (channels - width) / 2;
  const pads = int64s('pads', [0, side, 0, 0, 0, side, 0, 0]);
  return layers.op('Pad', name, [sliced, pads], [batch, channels, ...lengths]);
}

function block(layers: Layers, name: string, x: Value, channels: number, stride: number): Value {
  const first = layers.conv(`${name}.conv1`, x, channels, 3, { stride, padding: 1 });
  const active = layers.relu(`${name}.relu`, layers.norm(`${name}.bn1`, first));
  const second = layers.conv(`${name}.conv2`, active, channels, 3, { padding: 1 });
  const y = layers.norm(`${name}.bn2`, second);
  const isSame = channelsOf(x) === channels;
  const shortcut = isSame ? x : narrowShortcut(layers, `${name}.shortcut`, x, channels);
  return layers.relu(`${name}.relu`, layers.add(`${name}.add`, y, shortcut));
}

const resnet = (depth: number): ModelBuilder =>
  modelBuilder({
    name: `resnet${depth}`,
    description: `ResNet-${depth} for CIFAR (section 4.2 of the paper): 16, 32 and 64 channels, shortcuts without weights`,
    source: 'He et al., arXiv:1512.03385',
    madeFor: cifar,
    initialization,
    logits(layers) {
      const first = layers.conv('conv1', layers.input, 16, 3, { padding: 1 });
      let x = layers.relu('relu', layers.norm('bn1', first));
      [16, 32, 64].forEach((channels, stage) => {
        for (let i = 0; i < (depth - 2) / 6; i++) {
          const stride = stage > 0 && i === 0 ? 2 : 1;
          x = block(layers, `layer${stage + 1}.${i}`, x, channels, stride);
        }
      });
      return layers.linear('linear', layers.average(x), layers.classes);
    },
  });

/** The thin ResNets of CIFAR. Names and initialization: akamaster's pytorch_resnet_cifar10. */
export const cifarResnetBuilders: readonly ModelBuilder[] = [8, 20, 32, 44, 56, 110].map(resnet);
