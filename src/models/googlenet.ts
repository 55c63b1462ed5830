import type { Value } from '../ir/index.js';
import { type Initialization, normals, pytorchDefault, uniformFanIn } from './initialization.js';
import type { Layers } from './layers.js';
import type { ModelBuilder } from './model-builder.js';
import { cifar, imageNet, modelBuilder } from './network.js';

const source = 'Szegedy et al., arXiv:1409.4842, with the batch normalization of arXiv:1502.03167';

/** torchvision truncates these at 200 standard deviations, which cuts nothing off. */
const torchvision: Initialization = {
  conv: { weight: normals(0.01), bias: uniformFanIn },
  linear: { weight: normals(0.01), bias: uniformFanIn },
};

/** Channels of 1×1; of 3×3, narrowed first; of 5×5, narrowed first; after pooling. */
type Widths = readonly [number, number, number, number, number, number];

/** Inception blocks by stage and letter (table 1 of the paper). */
const blocks: Readonly<Record<3 | 4 | 5, Readonly<Record<string, Widths>>>> = {
  3: { a: [64, 96, 128, 16, 32, 32], b: [128, 128, 192, 32, 96, 64] },
  4: {
    a: [192, 96, 208, 16, 48, 64],
    b: [160, 112, 224, 24, 64, 64],
    c: [128, 128, 256, 24, 64, 64],
    d: [112, 144, 288, 32, 64, 64],
    e: [256, 160, 320, 32, 128, 128],
  },
  5: { a: [256, 160, 320, 32, 128, 128], b: [384, 192, 384, 48, 128, 128] },
};

type Block = (layers: Layers, letter: string, stage: number, x: Value, widths: Widths) => Value;

function stage(layers: Layers, number: 3 | 4 | 5, x: Value, block: Block): Value {
  return Object.entries(blocks[number]).reduce(
    (y, [letter, widths]) => block(layers, letter, number, y, widths),
    x,
  );
}

/** Conv, normalization and ReLU under torchvision's names; padding keeps the size at stride 1. */
function unit(
  layers: Layers,
  name: string,
  x: Value,
  channels: number,
  kernel: number,
  stride = 1,
) {
  const padding = (kernel - 1) / 2;
  const y = layers.conv(`${name}.conv`, x, channels, kernel, { stride, padding });
  return layers.relu(`${name}.relu`, layers.norm(`${name}.bn`, y, 1e-3));
}

/** torchvision has a 3×3 conv where the paper has 5×5. */
const largeBlock: Block = (layers, letter, number, x, widths) => {
  const name = `inception${number}${letter}`;
  const [one, narrow3, three, narrow5, five, pooled] = widths;
  const first = unit(layers, `${name}.branch1`, x, one, 1);
  let second = unit(layers, `${name}.branch2.0`, x, narrow3, 1);
  second = unit(layers, `${name}.branch2.1`, second, three, 3);
  let third = unit(layers, `${name}.branch3.0`, x, narrow5, 1);
  third = unit(layers, `${name}.branch3.1`, third, five, 3);
  let fourth = layers.maxPool(`${name}.branch4.0`, x, 3, { stride: 1, padding: 1 });
  fourth = unit(layers, `${name}.branch4.1`, fourth, pooled, 1);
  return layers.concat(`${name}.cat`, [first, second, third, fourth]);
};

const googlenet = modelBuilder({
  name: 'googlenet',
  description:
    "GoogLeNet for ImageNet, as torchvision's: batch normalization, no auxiliary classifiers",
  source,
  madeFor: imageNet,
  initialization: torchvision,
  logits(layers) {
    const halve = (name: string, y: Value, kernel = 3) =>
      layers.maxPool(name, y, kernel, { stride: 2, partial: true });
    let x = halve('maxpool1', unit(layers, 'conv1', layers.input, 64, 7, 2));
    x = unit(layers, 'conv3', unit(layers, 'conv2', x, 64, 1), 192, 3);
    x = stage(layers, 3, halve('maxpool2', x), largeBlock);
    x = stage(layers, 4, halve('maxpool3', x), largeBlock);
    x = stage(layers, 5, halve('maxpool4', x, 2), largeBlock);
    const vector = layers.dropout('dropout', layers.average(x), 0.2);
    return layers.linear('fc', vector, layers.classes);
  },
});

/** Conv (with bias), normalization and ReLU as entries `index` to `index + 2` of a sequence. */
function entries(layers: Layers, name: string, index: number, x: Value, width: number, kernel = 3) {
  const padding = (kernel - 1) / 2;
  const y = layers.conv(`${name}.${index}`, x, width, kernel, { padding, bias: true });
  return layers.relu(`${name}.${index + 2}`, layers.norm(`${name}.${index + 1}`, y));
}

/** Two 3×3 convs for the 5×5. */
const smallBlock: Block = (layers, letter, number, x, widths) => {
  const name = `${letter}${number}`;
  const [one, narrow3, three, narrow5, five, pooled] = widths;
  const first = entries(layers, `${name}.b1`, 0, x, one, 1);
  let second = entries(layers, `${name}.b2`, 0, x, narrow3, 1);
  second = entries(layers, `${name}.b2`, 3, second, three);
  let third = entries(layers, `${name}.b3`, 0, x, narrow5, 1);
  third = entries(layers, `${name}.b3`, 3, third, five);
  third = entries(layers, `${name}.b3`, 6, third, five);
  let fourth = layers.maxPool(`${name}.b4.0`, x, 3, { stride: 1, padding: 1 });
  fourth = entries(layers, `${name}.b4`, 1, fourth, pooled, 1);
  return layers.concat(`${name}.cat`, [first, second, third, fourth]);
};

const googlenetCifar = modelBuilder({
  name: 'googlenet_cifar',
  description:
    'GoogLeNet for 32×32 images: one 3×3 conv before the Inception blocks, two 3×3 for each 5×5',
  source,
  madeFor: cifar,
  initialization: pytorchDefault,
  logits(layers) {
    const halve = (y: Value) => layers.maxPool('maxpool', y, 3, { stride: 2, padding: 1 });
    let x = entries(layers, 'pre_layers', 0, layers.input, 192);
    x = halve(stage(layers, 3, x, smallBlock));
    x = halve(stage(layers, 4, x, smallBlock));
    x = layers.average(stage(layers, 5, x, smallBlock));
    return layers.linear('linear', x, layers.classes);
  },
});

/** GoogLeNet. Names: torchvision's and, for 32×32, those of the usual CIFAR code. */
export const googlenetBuilders: readonly ModelBuilder[] = [googlenet, googlenetCifar];
