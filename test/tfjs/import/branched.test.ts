import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { applyMerge, planMerge } from '../../../src/merge/index.js';
import { loadModel, saveModel } from '../../../src/onnx/index.js';
import { Tensor } from '../../../src/tensor/index.js';
import { openBackend } from '../../../src/tfjs/engine/backend.js';
import { compareWithTfjs, importTfjs } from '../../../src/tfjs/import/index.js';
import { difference, inFolder, inputsOf, randomize, runOnnx, saveLayers, tf } from './saved.js';

const l = tf.layers;
type Symbolic = tf.SymbolicTensor;
type Size = number | [number, number];

const norm = (x: Symbolic): Symbolic => l.batchNormalization({}).apply(x) as Symbolic;
const relu = (x: Symbolic): Symbolic => l.reLU().apply(x) as Symbolic;
const sum = (parts: Symbolic[]): Symbolic => l.add().apply(parts) as Symbolic;

function conv(x: Symbolic, kernelSize: Size, padding: 'same' | 'valid' = 'same', strides = 1) {
  const layer = l.conv2d({ filters: 4, kernelSize, padding, strides, useBias: false });
  return layer.apply(x) as Symbolic;
}

/** The border comes first: what follows then adds its own constants to it, as DBB's bias-valued padding does. */
const bordered = (x: Symbolic): Symbolic => l.zeroPadding2d({ padding: 1 }).apply(x) as Symbolic;

const blocks: Record<string, (x: Symbolic) => Symbolic> = {
  acb: (x) =>
    sum([[3, 3] as Size, [1, 3] as Size, [3, 1] as Size].map((size) => norm(conv(x, size)))),
  repvgg: (x) => sum([norm(conv(x, 3)), norm(conv(x, 1)), norm(x)]),
  'repvgg of stride 2': (x) => sum([norm(conv(x, 3, 'same', 2)), norm(conv(x, 1, 'same', 2))]),
  dbb: (x) => {
    const pointwise = (): Symbolic => norm(conv(bordered(x), 1));
    const pooled = l.averagePooling2d({ poolSize: 3, strides: 1 }).apply(pointwise()) as Symbolic;
    return sum([
      norm(conv(x, 3)),
      norm(conv(x, 1)),
      norm(conv(pointwise(), 3, 'valid')),
      norm(pooled),
    ]);
  },
};

/** Two blocks of a kind between an image and classes. */
function network(block: (x: Symbolic) => Symbolic): tf.LayersModel {
  const input = tf.input({ shape: [9, 9, 4] });
  const features = relu(block(relu(block(input))));
  const pooled = l.globalAveragePooling2d({}).apply(features) as Symbolic;
  const output = l.dense({ units: 3, activation: 'softmax' }).apply(pooled) as Symbolic;
  return tf.model({ inputs: input, outputs: [output, features] });
}

describe('branched models of TensorFlow.js', () => {
  test.each(Object.entries(blocks))(
    '%s: imported, merged into one convolution a block, equal to its own predictions',
    async (_, block) => {
      const model = network(block);
      randomize(model);
      await inFolder(async (folder) => {
        const { model: imported } = await importTfjs(await saveLayers(model, folder));
        await applyMerge(await planMerge(imported));
        const ops = imported.graph.nodes.map(({ opType }) => opType);
        expect(ops.filter((op) => op === 'Conv')).toHaveLength(2);
        expect(ops).not.toContain('BatchNormalization');
        expect(ops).not.toContain('Add');

        const inputs = inputsOf(model);
        const expected = model.predict(inputs) as tf.Tensor[];
        const actual = await runOnnx(imported, inputs);
        expected.forEach((tensor, i) => {
          expect(difference(tensor, actual[i])).toBeLessThan(5e-6);
        });
      });
    },
  );
});

describe('the comparison with TensorFlow.js on import', () => {
  /** Imports a model, changes a weight by `factor`, writes it, and compares. */
  async function compared(factor: number, inputLayout: 'nhwc' | 'nchw' = 'nhwc') {
    const model = network(blocks.acb as (x: Symbolic) => Symbolic);
    randomize(model);
    return inFolder(async (folder) => {
      const imported = await importTfjs(await saveLayers(model, folder), { inputLayout });
      const [kernel] = [...imported.model.graph.initializers].filter(
        ({ constant }) => constant?.dims.length === 4,
      );
      if (!kernel?.constant) throw new Error('no kernel');
      const values = kernel.constant.toNumbers();
      values[5] = (values[5] as number) * factor;
      kernel.constant = Tensor.fromNumbers('float32', kernel.constant.dims, values);
      const path = join(folder, 'model.onnx');
      await saveModel(imported.model, path);
      expect((await loadModel(path)).graph.inputs).toHaveLength(1);
      return compareWithTfjs(imported, path, await openBackend());
    });
  }

  test('is passed by an import as it is', async () => {
    const { equal, runs } = await compared(1);
    expect(equal).toBe(true);
    expect(runs.map(({ kind }) => kind)).toEqual(['normal', 'uniform', 'borders']);
  });

  test('is passed with the images the other way round', async () => {
    const { equal, runs } = await compared(1, 'nchw');
    expect(equal).toBe(true);
    expect(Object.values(runs[0]?.dims ?? {})[0]?.slice(1)).toEqual([4, 9, 9]);
    expect(runs[0]?.outputs[1]?.dims.slice(1)).toEqual([4, 9, 9]);
  });

  test('sees a single weight that was changed', async () => {
    expect((await compared(1.01)).equal).toBe(false);
  });
});
