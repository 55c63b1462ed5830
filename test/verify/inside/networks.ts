import { dbb } from '../../../fixtures/builders/dbb.js';
import { Layers, shapeOf } from '../../../fixtures/builders/layers.js';
import { repvgg } from '../../../fixtures/builders/repvgg.js';
import { type Dim, float, GraphBuilder, type Model, type Value } from '../../../src/ir/index.js';

type Block = (b: GraphBuilder, x: Value, seed: number, name: string) => Value;

/** Blocks behind each other, named `layer0`, `layer1` …: each has weights of its own. */
export function stack(count: number, input: readonly Dim[], block: Block, opset?: number): Model {
  const b = new GraphBuilder();
  let x = b.input('x', input);
  for (let i = 0; i < count; i++) x = block(b, x, i, `layer${i}`);
  b.output(x);
  return b.model(opset);
}

const wide = [1, 64, 8, 8];

/** Four layers of 3×3 with 256 channels: two million weights. */
export const widePlain = (): Model =>
  stack(4, wide, (b, x, seed, name) => {
    const layers = new Layers(b, { seed, name });
    return layers.relu(layers.conv(x, 256, 3, { padding: 1, bias: true }));
  });

/** The same width of RepVGG blocks, which merge into one convolution each. */
export const wideBranched = (): Model =>
  stack(4, wide, (b, x, seed, name) => repvgg(b, x, { channels: 256, seed, name }));

/** Twelve layers of Conv, BatchNormalization and Relu. */
export const deep = (opset?: number): Model =>
  stack(
    12,
    [2, 3, 12, 12],
    (b, x, seed, name) => {
      const layers = new Layers(b, { seed, name });
      return layers.relu(layers.convNorm(x, 8, 3, { padding: 1 }));
    },
    opset,
  );

/** Diverse branch blocks, which merge into one convolution each. */
export const branched = (): Model =>
  stack(3, [1, 8, 12, 12], (b, x, seed, name) => {
    const sum = dbb(b, x, { channels: 8, seed, name });
    return new Layers(b, { name: `${name}/out` }).relu(sum);
  });

/** One layer of every sort, each with a name of its own. */
export function mixed(): Model {
  const b = new GraphBuilder();
  let seed = 0;
  const layers = (name: string) => new Layers(b, { seed: seed++, name });
  const [stem, grouped, dilated, last] = ['stem', 'grouped', 'dilated', 'last'].map(layers) as [
    Layers,
    Layers,
    Layers,
    Layers,
  ];
  let x = b.input('x', [2, 8, 12, 12]);
  x = stem.relu(stem.convNorm(x, 8, 3, { padding: 1 }));
  x = grouped.conv(x, 8, 3, { padding: 1, group: 2, bias: true });
  x = grouped.pointwise('LeakyRelu', [x], { alpha: float(0.1) });
  x = dilated.conv(x, 8, 3, { padding: 2, dilation: 2, bias: true });
  x = dilated.averagePool(dilated.relu(x), 3, 1, 1);
  x = tokens(last, last.pointwise('Dropout', [x]));
  x = last.pointwise('Softmax', [x], { axis: 1 });
  b.output(last.conv(x, 8, 5, { padding: 2, bias: true, gain: 10 }));
  return b.model();
}

/** A linear layer over the channels, in the layout [N, H, W, C]. */
function tokens(layers: Layers, x: Value): Value {
  const [n, c, h, w] = shapeOf(x) as [Dim, Dim, Dim, Dim];
  const turned = layers.op('Transpose', [x], [n, h, w, c], { perm: [0, 2, 3, 1] });
  const linear = layers.linear(turned, c as number, false);
  return layers.op('Transpose', [linear], [n, c, h, w], { perm: [0, 3, 1, 2] });
}
