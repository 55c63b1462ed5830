import { expect, test } from 'vitest';
import { extract, type Value } from '../../src/ir/index.js';
import { adaptiveAveragePool } from '../../src/models/adaptive-pool.js';
import { buildModel } from '../../src/models/index.js';
import { pytorchDefault } from '../../src/models/initialization.js';
import { Layers } from '../../src/models/layers.js';
import { decodeModel, encodeModel } from '../../src/onnx/index.js';
import { runModel } from '../../src/runtime/index.js';
import { fillWithNoise, noiseImage } from './noise.js';
import { relativeError, type StoredPool, type StoredRun, stored } from './stored.js';

test.each(stored<StoredRun>('logits.jsonl'))(
  '$model computes the logits of PyTorch for $input',
  async ({ model: name, input, logits }) => {
    const [, ...image] = input;
    const model = buildModel(name, { image, classes: 10 });
    fillWithNoise(model);
    const bytes = encodeModel(model);
    const decoded = decodeModel(bytes);
    expect(decoded.graph.nodes.map((node) => node.name)).toEqual(
      model.graph.nodes.map((node) => node.name),
    );
    expect(decoded.graph.inputs.map(({ name, type }) => ({ name, type }))).toEqual([
      { name: 'input', type: { dtype: 'float32', shape: ['N', ...image] } },
    ]);
    expect(decoded.graph.outputs.map(({ name, type }) => ({ name, type }))).toEqual([
      { name: 'logits', type: { dtype: 'float32', shape: ['N', 10] } },
    ]);
    const outputs = await runModel(bytes, new Map([['input', noiseImage(input)]]));
    expect(relativeError(outputs.get('logits')!.toNumbers(), logits)).toBeLessThan(1e-5);
  },
);

const pools = stored<StoredPool>('pooled.jsonl');

test.each(pools.filter(({ model }) => model !== null))(
  '$model pools $input as PyTorch does',
  async ({ model: name, input, values }) => {
    const model = buildModel(name!, { image: [3, input[2], input[3]], classes: 10 });
    const flat = model.graph.nodes.find((node) => node.name === 'flatten')?.results[0] as Value;
    const source = model.graph.inputs[0] as Value;
    const features = extract(model, {
      inputs: new Map([[source, source.type!]]),
      outputs: [flat],
      constant: () => null,
      dtype: (value) => value.type?.dtype ?? null,
    });
    if (!features.ok) throw new Error(features.refusal.reason);
    fillWithNoise(features.value);
    const outputs = await runModel(features.value, new Map([['input', noiseImage(input)]]));
    const pooled = [...outputs.values()][0]!.toNumbers().filter((_, i) => i % 509 === 0);
    expect(relativeError(pooled, values)).toBeLessThan(1e-5);
  },
);

test.each(pools.filter(({ model }) => model === null))(
  'adaptive pooling of $input',
  async ({ input, values }) => {
    const [, ...image] = input;
    const layers = new Layers('pool', { image, classes: 1, seed: 0 }, pytorchDefault);
    const pooled = adaptiveAveragePool(layers, 'avgpool', layers.input, 7);
    const model = layers.model(layers.flatten(pooled));
    const outputs = await runModel(model, new Map([['input', noiseImage(input)]]));
    expect(relativeError(outputs.get('logits')!.toNumbers(), values)).toBeLessThan(1e-6);
  },
);
