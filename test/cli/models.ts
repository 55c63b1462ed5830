import { writeFileSync } from 'node:fs';
import { GraphBuilder, type Model } from '../../src/ir/index.js';
import { encodeModel } from '../../src/onnx/index.js';
import { normal } from '../../src/tensor/index.js';

function random(count: number, seed: number): Float64Array {
  const next = normal(seed);
  return new Float64Array(count).map(() => 0.2 * next());
}

/** Relu(conv3x3(x) + conv1x1(x)) on images [N, 16, 8, 8]. */
export function branchedModel(): Model {
  const b = new GraphBuilder();
  const x = b.input('x', ['N', 16, 8, 8]);
  const weights = { dense: random(2304, 1), point: random(256, 2), bias: random(16, 3) };
  const dense = [x, b.floats([16, 16, 3, 3], weights.dense), b.floats([16], weights.bias)];
  const left = b.op('Conv', dense, { pads: [1, 1, 1, 1] }, { name: 'dense' });
  const right = b.op('Conv', [x, b.floats([16, 16, 1, 1], weights.point)], {}, { name: 'point' });
  b.output(b.op('Relu', [b.op('Add', [left, right], {}, { name: 'sum' })], {}, { name: 'y' }));
  return b.model();
}

/** Relu(x · scale): nothing to merge. */
export function plainModel(scale = 2): Model {
  const b = new GraphBuilder();
  const x = b.input('x', ['N', 4, 8, 8]);
  b.output(b.op('Relu', [b.op('Mul', [x, b.floats([1], [scale])])], {}, { name: 'y' }));
  return b.model();
}

/** An operator that onnxruntime does not know. */
export function foreignModel(): Model {
  const b = new GraphBuilder();
  b.output(b.op('Mystery', [b.input('x', ['N', 4, 8, 8])], {}, { domain: 'example.org' }));
  const model = b.model();
  model.opsets.set('example.org', 1);
  return model;
}

export function writeModel(path: string, model: Model): void {
  writeFileSync(path, encodeModel(model));
}
