import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ReparamError } from '../../../src/errors.js';
import { importTfjs } from '../../../src/tfjs/import/index.js';
import { readModelFile } from '../../../src/tfjs/import/read/model-file.js';
import { attributes, GraphWriter } from './graphs.js';
import { inFolder, randomize, stacked, tf, writeModel } from './saved.js';

const l = tf.layers;

interface Parts {
  modelTopology: { config: { layers: Layer[] } };
  weightSpecs: { name: string; shape: number[]; dtype: string; quantization?: object }[];
  weightData: Uint8Array;
  signature?: unknown;
}

interface Layer {
  class_name: string;
  name: string;
  config: Record<string, unknown>;
  inbound_nodes: unknown[];
}

/** What TensorFlow.js saves of a small model, to be changed. */
let saved: Parts;

beforeAll(async () => {
  const conv = l.conv2d({ filters: 2, kernelSize: 3, name: 'conv' });
  const model = stacked([5, 5, 3], conv, l.reLU({ name: 'relu' }));
  randomize(model);
  await model.save(
    tf.io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData }) => {
      const bytes = new Uint8Array(weightData as ArrayBuffer);
      saved = JSON.parse(JSON.stringify({ modelTopology, weightSpecs })) as Parts;
      saved.weightData = bytes;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
});

afterAll(() => tf.disposeVariables());

const copy = (): Parts => ({ ...structuredClone(saved) });

/** Why an import is refused after `spoil` has changed the model. */
function refusal(spoil: (parts: Parts) => void): Promise<ReparamError> {
  return inFolder(async (folder) => {
    const parts = copy();
    spoil(parts);
    return importTfjs(writeModel(folder, parts)).then(
      () => expect.unreachable('it was imported'),
      (error: ReparamError) => error,
    );
  });
}

/** Why a folder with these files cannot be imported. */
const refusalOf = (files: Record<string, string>, path = ''): Promise<ReparamError> =>
  inFolder(async (folder) => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return importTfjs(join(folder, path)).then(
      () => expect.unreachable('it was imported'),
      (error: ReparamError) => error,
    );
  });

describe('what is no model', () => {
  test.each([
    ['nothing there', {}, 'missing', 'no such file or folder'],
    ['a folder without model.json', {}, '', 'holds no model.json'],
    ['no JSON', { 'model.json': 'onnx' }, '', 'is not JSON'],
    ['a list', { 'model.json': '[]' }, '', 'is no TensorFlow.js model'],
    ['another JSON file', { 'model.json': '{"name": "x"}' }, '', "has no 'modelTopology'"],
    ['an empty topology', { 'model.json': '{"modelTopology": {}}' }, '', 'neither layers nor'],
  ])('%s', async (_, files, path, message) => {
    const error = await refusalOf(files, path);
    expect(error).toBeInstanceOf(ReparamError);
    expect(error.message).toContain(message);
    expect(error.hint).toMatch(/model\.json/);
  });
});

describe('weights', () => {
  const manifest = (paths: string[]): string =>
    JSON.stringify({
      modelTopology: saved.modelTopology,
      weightsManifest: [{ paths, weights: saved.weightSpecs }],
    });

  test('a missing shard is named', async () => {
    const error = await refusalOf({ 'model.json': manifest(['lost.bin']) });
    expect(error.message).toMatch(/cannot read the weights file .*lost\.bin: no such file/);
  });

  test.each(['../secret.bin', '/etc/hostname', 'a/../../b.bin'])('%s is not read', async (path) => {
    const error = await refusalOf({ 'model.json': manifest([path]) });
    expect(error.message).toContain(`'${path}' is outside the folder of the model`);
  });

  test('shards of the wrong size', async () => {
    const error = await refusal((parts) => {
      parts.weightData = parts.weightData.subarray(4);
    });
    expect(error.message).toMatch(/holds 220 bytes, but the weights of .* take 224/);
  });

  test.each([
    ['an unknown type', 'float8', "the weight 'conv/kernel' is of type 'float8'"],
    ['a type of another kind', 'string', "the weight 'conv/kernel' is of type 'string'"],
  ])('%s', async (_, dtype, message) => {
    const error = await refusal((parts) => {
      parts.weightSpecs[0]!.dtype = dtype;
    });
    expect(error.message).toContain(message);
  });

  test('a weight that is not there, and one of another shape', async () => {
    const missing = await refusal((parts) => {
      parts.weightSpecs[0]!.name = 'other/kernel';
    });
    expect(missing.message).toContain("layer 'conv' (Conv2D) needs the weight 'conv/kernel'");
    const wrong = await refusal((parts) => {
      parts.weightSpecs[0]!.shape = [3, 3, 2, 3];
    });
    expect(wrong.message).toContain("'conv' has a kernel for 2 channels, but its input has 3");
  });

  test('names of Keras, with the enclosing model before the layer', async () => {
    await inFolder(async (folder) => {
      const parts = copy();
      for (const spec of parts.weightSpecs) spec.name = `model/${spec.name}:0`;
      const { model } = await importTfjs(writeModel(folder, parts));
      expect(model.graph.nodes.some((node) => node.is('Conv'))).toBe(true);
    });
  });

  test.each([
    ['uint8', 'float32', [-3.5, 3.5]],
    ['uint16', 'float32', [-3.5, 3.5]],
    ['uint8', 'int32', [-300, 300]],
    ['float16', 'float32', [-3.5, 3.5]],
  ])(
    'quantized to %s from %s as TensorFlow.js itself reads them',
    async (kind, dtype, [low, high]) => {
      const count = 6;
      const bytes = new Uint8Array(kind === 'uint8' ? count : 2 * count).map((_, i) => 37 * i + 11);
      const scale = ((high as number) - (low as number)) / (kind === 'uint8' ? 255 : 65535);
      const quantization = kind === 'float16' ? { dtype: kind } : { dtype: kind, scale, min: low };
      const spec = { name: 'w', shape: [2, 3], dtype, quantization } as tf.io.WeightsManifestEntry;
      const expected = tf.io.decodeWeights(bytes.slice().buffer, [spec]).w!.dataSync();
      await inFolder(async (folder) => {
        const modelTopology = { node: [] };
        const file = writeModel(folder, { modelTopology, weightSpecs: [spec], weightData: bytes });
        const { weights } = await readModelFile(file);
        expect([...weights.tensors.get('w')!.toNumbers()]).toEqual([...expected]);
      });
    },
  );
});

describe('layers', () => {
  const conv = (parts: Parts): Layer => parts.modelTopology.config.layers[1]!;

  test.each<[string, (parts: Parts) => void, string]>([
    [
      'an unknown layer',
      (p) => (conv(p).class_name = 'LSTM'),
      'of a class that cannot be imported',
    ],
    ['an unknown activation', (p) => (conv(p).config.activation = 'cubic'), "activation 'cubic'"],
    ['an unknown padding', (p) => (conv(p).config.padding = 'half'), "has the padding 'half'"],
    ['odd strides', (p) => (conv(p).config.strides = [1, 2, 3]), "has 'strides' [1,2,3]"],
    ['strides of 0.5', (p) => (conv(p).config.strides = 0.5), "has 'strides' 0.5"],
    [
      'a lost layer',
      (p) => (conv(p).name = 'gone'),
      "connects 'conv', which is none of its layers",
    ],
    ['a circle', (p) => (conv(p).inbound_nodes = [[['relu', 0, 0, {}]]]), 'depends on itself'],
    ['itself', (p) => (conv(p).inbound_nodes = [[['conv', 0, 0, {}]]]), 'depends on itself'],
    ['no inbound', (p) => (conv(p).inbound_nodes = []), 'is not connected for its use 1'],
    [
      'another form of connections',
      (p) => (conv(p).inbound_nodes = [{ args: [], kwargs: {} }]),
      'which is no [layer, use, output]',
    ],
    [
      'no input shape',
      (p) => (p.modelTopology.config.layers[0]!.config.batch_input_shape = null),
      "has no 'batch_input_shape'",
    ],
    [
      'an image smaller than the kernel',
      (p) => (p.modelTopology.config.layers[0]!.config.batch_input_shape = [null, 2, 9, 3]),
      'looks at 3×3 elements of an image of only 2×9',
    ],
  ])('%s', async (_, spoil, message) => {
    const error = await refusal(spoil);
    expect(error).toBeInstanceOf(ReparamError);
    expect(error.message).toContain(message);
  });
});

describe('graphs', () => {
  const refusalOfGraph = (write: (g: GraphWriter, x: string) => void): Promise<ReparamError> =>
    inFolder(async (folder) => {
      const graph = new GraphWriter();
      write(graph, graph.input('x', [1, 4, 4, 2]));
      return importTfjs(writeModel(folder, graph.artifacts)).then(
        () => expect.unreachable('it was imported'),
        (error: ReparamError) => error,
      );
    });

  test.each<[string, (g: GraphWriter, x: string) => void, string]>([
    [
      'an unknown operator',
      (g, x) => g.op('TopKV2', [x], {}, 'top'),
      "node 'top' (TopKV2) is of an",
    ],
    [
      'a node that is not there',
      (g) => g.op('Relu', ['lost'], {}, 'r'),
      "'lost', which is no node",
    ],
    ['a later output', (g, x) => g.op('Relu', [`${x}:1`], {}, 'r'), 'reads the output 1'],
    ['a computed kernel', (g, x) => g.op('Conv2D', [x, x]), 'has a computed operand 2'],
    ['a missing operand', (g, x) => g.op('Conv2D', [x]), 'lacks its operand 2'],
    [
      'a circle',
      (g) => ['ab', 'ba', 'ca'].map(([a, b]) => g.op('Relu', [b!], {}, a!)),
      'on itself',
    ],
    [
      'fused batch norms',
      (g, x) => g.op('_FusedConv2D', [x, x], attributes.fused('FusedBatchNorm')),
      'fuses FusedBatchNorm',
    ],
  ])('%s', async (_, write, message) => {
    const error = await refusalOfGraph(write);
    expect(error).toBeInstanceOf(ReparamError);
    expect(error.message).toContain(message);
  });
});
