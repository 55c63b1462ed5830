import { float, GraphBuilder, type Model } from '../../src/ir/index.js';
import { normal } from '../../src/tensor/index.js';

/** Two conv-norm-relu layers, pooling, dropout and a linear layer for images [N, 3, size, size]. */
export function smallModel(classes: number, size = 8, dropout = 0): Model {
  const b = new GraphBuilder();
  const next = normal(3);
  const weights = (dims: number[], name: string) => {
    const count = dims.reduce((a, d) => a * d, 1);
    const scale = Math.sqrt(2 / (count / (dims[0] as number)));
    return b.floats(
      dims,
      Float32Array.from({ length: count }, () => scale * next()),
      name,
    );
  };
  const layer = (x: ReturnType<typeof b.input>, from: number, to: number, name: string) => {
    const y = b.op('Conv', [x, weights([to, from, 3, 3], `${name}.conv.weight`)], {
      pads: [1, 1, 1, 1],
    });
    const statistic = (kind: string, value: number) =>
      b.floats([to], new Float32Array(to).fill(value), `${name}.norm.${kind}`);
    const statistics = [
      statistic('weight', 1),
      statistic('bias', 0),
      statistic('running_mean', 0),
      statistic('running_var', 1),
    ];
    const norm = b.op('BatchNormalization', [y, ...statistics], { epsilon: float(1e-5) });
    return b.op('Relu', [norm]);
  };
  const input = b.input('input', ['N', 3, size, size]);
  const first = layer(input, 3, 8, 'first');
  const pooled = b.op('MaxPool', [first], { kernel_shape: [2, 2], strides: [2, 2] });
  const second = layer(pooled, 8, 8, 'second');
  const flat = b.op('Flatten', [b.op('GlobalAveragePool', [second])]);
  const ratio = b.floats([], [dropout], 'ratio');
  const dropped = dropout > 0 ? b.op('Dropout', [flat, ratio]) : flat;
  const linear = [weights([classes, 8], 'linear.weight'), weights([classes], 'linear.bias')];
  const logits = b.op('Gemm', [dropped, ...linear], { transB: 1 });
  logits.type = { dtype: 'float32', shape: ['N', classes] };
  b.output(logits);
  return b.model(17);
}
