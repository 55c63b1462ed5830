import { GraphBuilder, type Model, type Value } from '../../src/ir/index.js';
import { type DataType, normal, Tensor } from '../../src/tensor/index.js';

/** A RepVGG-like layer, y = conv3x3(x) + conv1x1(x): weights [8, 8, k, k] and biases [8]. */
export interface Layer {
  readonly dense: Float64Array;
  readonly point: Float64Array;
  readonly denseBias: Float64Array;
  readonly pointBias: Float64Array;
}

/** The one convolution that a layer equals. */
export interface Merged {
  readonly weight: Float64Array;
  readonly bias: Float64Array;
}

export const channels = 8;

export function randomLayer(seed: number): Layer {
  const next = normal(seed);
  const draw = (count: number, scale: number) => new Float64Array(count).map(() => scale * next());
  return {
    dense: draw(channels * channels * 9, 0.1),
    point: draw(channels * channels, 0.3),
    denseBias: draw(channels, 0.5),
    pointBias: draw(channels, 0.5),
  };
}

export function mergeLayer(layer: Layer): Merged {
  const weight = layer.dense.slice();
  layer.point.forEach((value, i) => {
    weight[9 * i + 4] = (weight[9 * i + 4] ?? 0) + value;
  });
  const bias = layer.denseBias.map((value, i) => value + (layer.pointBias[i] ?? 0));
  return { weight, bias };
}

/** A network [N, 8, H, W] → [N, 8, H, W] of the layers that `layer` builds, each followed by a Relu. */
export function network(
  count: number,
  layer: (b: GraphBuilder, x: Value, index: number) => Value,
  { input = 'x', dtype = 'float32' }: { input?: string; dtype?: DataType } = {},
): Model {
  const b = new GraphBuilder();
  let x = b.input(input, ['N', channels, 'H', 'W'], dtype);
  for (let i = 0; i < count; i++) x = b.op('Relu', [layer(b, x, i)]);
  x.type = { dtype, shape: null };
  b.output(x);
  return b.model();
}

function conv(
  b: GraphBuilder,
  x: Value,
  kernel: number,
  weight: Float64Array,
  bias: Float64Array,
): Value {
  const dtype = b.graph.inputs[0]?.type?.dtype ?? 'float32';
  const store = (dims: number[], values: Float64Array) =>
    b.constant(Tensor.fromNumbers(dtype, dims, values));
  const inputs = [x, store([channels, channels, kernel, kernel], weight), store([channels], bias)];
  const pad = (kernel - 1) / 2;
  return b.op('Conv', inputs, { pads: [pad, pad, pad, pad] });
}

export const branched = (b: GraphBuilder, x: Value, layer: Layer): Value =>
  b.op('Add', [
    conv(b, x, 3, layer.dense, layer.denseBias),
    conv(b, x, 1, layer.point, layer.pointBias),
  ]);

export const merged = (b: GraphBuilder, x: Value, { weight, bias }: Merged): Value =>
  conv(b, x, 3, weight, bias);
