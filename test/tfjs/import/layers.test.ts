import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { importTfjs } from '../../../src/tfjs/import/index.js';
import { Choices, choiceNumbers } from '../../reference/choices.js';
import {
  difference,
  expectImported,
  inFolder,
  inputsOf,
  randomize,
  runOnnx,
  saveLayers,
  stacked,
  tf,
} from './saved.js';

const l = tf.layers;
const image = [6, 7, 3];

describe('one layer each', () => {
  const layers: Record<string, [readonly (number | null)[], () => tf.layers.Layer]> = {
    Conv1D: [[9, 3], () => l.conv1d({ filters: 4, kernelSize: 3, padding: 'same', strides: 2 })],
    Conv2D: [image, () => l.conv2d({ filters: 4, kernelSize: [3, 2], activation: 'relu' })],
    'Conv2D without bias': [image, () => l.conv2d({ filters: 4, kernelSize: 1, useBias: false })],
    'Conv2D channels first': [
      [3, 6, 7],
      () => l.conv2d({ filters: 4, kernelSize: 3, dataFormat: 'channelsFirst' }),
    ],
    'Conv2D of open lengths': [
      [null, null, 3],
      () => l.conv2d({ filters: 4, kernelSize: 3, strides: 2, padding: 'same' }),
    ],
    DepthwiseConv2D: [image, () => l.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2 })],
    SeparableConv2D: [
      image,
      () => l.separableConv2d({ filters: 5, kernelSize: 3, depthMultiplier: 2, padding: 'same' }),
    ],
    Dense: [[5], () => l.dense({ units: 4, activation: 'softmax' })],
    'Dense over pixels': [image, () => l.dense({ units: 4, useBias: true })],
    BatchNormalization: [image, () => l.batchNormalization()],
    'BatchNormalization of rows': [[5], () => l.batchNormalization({ scale: false })],
    Activation: [image, () => l.activation({ activation: 'softmax' })],
    ReLU: [image, () => l.reLU({})],
    'ReLU with a maximum': [image, () => l.reLU({ maxValue: 0.5 })],
    LeakyReLU: [image, () => l.leakyReLU({ alpha: 0.1 })],
    'LeakyReLU by default': [image, () => l.leakyReLU()],
    PReLU: [image, () => l.prelu()],
    'PReLU with shared axes': [image, () => l.prelu({ sharedAxes: [1, 2] })],
    ELU: [image, () => l.elu()],
    ThresholdedReLU: [image, () => l.thresholdedReLU({ theta: 0.3 })],
    Softmax: [image, () => l.softmax({ axis: 3 })],
    MaxPooling1D: [[9, 3], () => l.maxPooling1d({ poolSize: 2 })],
    AveragePooling1D: [[9, 3], () => l.averagePooling1d({ poolSize: 3, padding: 'same' })],
    MaxPooling2D: [image, () => l.maxPooling2d({ poolSize: 2 })],
    AveragePooling2D: [
      image,
      () => l.averagePooling2d({ poolSize: 3, strides: 1, padding: 'same' }),
    ],
    GlobalAveragePooling1D: [[9, 3], () => l.globalAveragePooling1d({})],
    GlobalMaxPooling1D: [[9, 3], () => l.globalMaxPooling1d({})],
    GlobalAveragePooling2D: [image, () => l.globalAveragePooling2d({})],
    GlobalMaxPooling2D: [image, () => l.globalMaxPooling2d({})],
    'GlobalMaxPooling2D channels first': [
      image,
      () => l.globalMaxPooling2d({ dataFormat: 'channelsFirst' }),
    ],
    ZeroPadding2D: [
      image,
      () =>
        l.zeroPadding2d({
          padding: [
            [1, 2],
            [0, 3],
          ],
        }),
    ],
    Cropping2D: [
      image,
      () =>
        l.cropping2D({
          cropping: [
            [1, 2],
            [0, 3],
          ],
        }),
    ],
    UpSampling2D: [image, () => l.upSampling2d({ size: [2, 3] })],
    'UpSampling2D bilinear': [image, () => l.upSampling2d({ interpolation: 'bilinear' })],
    Flatten: [image, () => l.flatten()],
    'Flatten channels first': [image, () => l.flatten({ dataFormat: 'channelsFirst' })],
    Reshape: [image, () => l.reshape({ targetShape: [3, -1] })],
    Permute: [image, () => l.permute({ dims: [3, 1, 2] })],
    RepeatVector: [[5], () => l.repeatVector({ n: 3 })],
    Dropout: [image, () => l.dropout({ rate: 0.4 })],
    GaussianNoise: [image, () => l.gaussianNoise({ stddev: 1 })],
    SpatialDropout1D: [[9, 3], () => l.spatialDropout1d({ rate: 0.4 })],
  };

  test.each(Object.entries(layers))('%s', async (_, [shape, make]) => {
    await expectImported(stacked(shape, make()));
  });

  test.each([
    ...['linear', 'relu', 'relu6', 'elu', 'selu', 'sigmoid', 'hardSigmoid', 'tanh', 'softplus'],
    ...['softsign', 'softmax', 'logSoftmax', 'swish', 'mish', 'gelu', 'gelu_new'],
  ] as const)('activation %s, behind a convolution', async (name) => {
    const activation = name as 'relu';
    await expectImported(stacked(image, l.conv2d({ filters: 4, kernelSize: 3, activation })));
  });
});

describe('layers with several inputs', () => {
  test.each([
    ['add', () => l.add()],
    ['multiply', () => l.multiply()],
    ['average', () => l.average()],
    ['maximum', () => l.maximum()],
    ['minimum', () => l.minimum()],
    ['concatenate', () => l.concatenate()],
    ['concatenate rows', () => l.concatenate({ axis: 1 })],
  ] as const)('%s of three, of which one is transposed', async (_, make) => {
    const x = tf.input({ shape: [6, 6, 4] });
    const conv = (): tf.SymbolicTensor =>
      l.conv2d({ filters: 4, kernelSize: 3, padding: 'same' }).apply(x) as tf.SymbolicTensor;
    const y = make().apply([conv(), x, conv()]) as tf.SymbolicTensor;
    await expectImported(tf.model({ inputs: x, outputs: y }));
  });

  test('squeeze and excitation: a row of channels scales an image', async () => {
    const x = tf.input({ shape: [6, 6, 4] });
    const features = l.conv2d({ filters: 8, kernelSize: 3 }).apply(x) as tf.SymbolicTensor;
    let gate = l.globalAveragePooling2d({}).apply(features) as tf.SymbolicTensor;
    gate = l.dense({ units: 8, activation: 'sigmoid' }).apply(gate) as tf.SymbolicTensor;
    const image = l.reshape({ targetShape: [1, 1, 8] }).apply(gate) as tf.SymbolicTensor;
    const y = l.multiply().apply([features, image]) as tf.SymbolicTensor;
    await expectImported(tf.model({ inputs: x, outputs: y }));
  });

  test('tensors of fewer axes get more behind the batch', async () => {
    const [x, row] = [tf.input({ shape: [6, 6, 4] }), tf.input({ shape: [4] })];
    const features = l.conv2d({ filters: 4, kernelSize: 1 }).apply(x) as tf.SymbolicTensor;
    const y = l.add().apply([features, row]) as tf.SymbolicTensor;
    await expectImported(tf.model({ inputs: [x, row], outputs: y }));
  });
});

describe('how layers are connected', () => {
  const rows = (): tf.Sequential =>
    tf.sequential({
      layers: [l.dense({ units: 6, inputShape: [5] }), l.reLU(), l.dense({ units: 3 })],
    });

  test('a Sequential model, and one inside another', async () => {
    await expectImported(rows());
    const outer = tf.sequential({ layers: [rows(), l.dense({ units: 2 })] });
    await expectImported(outer);
  });

  test('a model in a model, and a layer that is used twice, with several inputs and outputs', async () => {
    const [a, b] = [tf.input({ shape: [5, 5, 3] }), tf.input({ shape: [5, 5, 3] })];
    const inner = stacked([5, 5, 3], l.conv2d({ filters: 4, kernelSize: 3 }), l.reLU());
    const shared = l.conv2d({ filters: 3, kernelSize: 1 });
    const outputs = [a, b].map((x) => shared.apply(inner.apply(x)) as tf.SymbolicTensor);
    const sum = l.add().apply(outputs) as tf.SymbolicTensor;
    const model = tf.model({ inputs: [a, b], outputs: [sum, ...outputs] });
    const ops = await expectImported(model);
    expect(ops.filter((op) => op === 'Conv')).toHaveLength(4);
  });

  test('an output that another layer reads', async () => {
    const x = tf.input({ shape: [6, 6, 2] });
    const y = l.conv2d({ filters: 2, kernelSize: 3 }).apply(x) as tf.SymbolicTensor;
    const z = l.reLU().apply(y) as tf.SymbolicTensor;
    await expectImported(tf.model({ inputs: x, outputs: [y, z] }));
  });

  test('a normalization over the second axis', async () => {
    const model = stacked(
      [4, 5, 3],
      l.batchNormalization({ axis: 1, center: false, epsilon: 0.1 }),
    );
    randomize(model);
    const [x] = inputsOf(model) as [tf.Tensor4D];
    const [gamma, mean, variance] = model.getWeights().map((w) => w.reshape([1, 4, 1, 1]));
    // TensorFlow.js's own kernel on the CPU takes the statistics of the wrong axis.
    const scale = gamma!.div(variance!.add(0.1).sqrt());
    const expected = x.sub(mean!).mul(scale);
    await inFolder(async (folder) => {
      const imported = await importTfjs(await saveLayers(model, folder));
      const [actual] = await runOnnx(imported.model, [x]);
      expect(difference(expected, actual)).toBeLessThan(2e-6);
    });
  });

  test('Flatten reads channels fastest, so that the Dense behind it sees them in its order', async () => {
    const layers = [l.conv2d({ filters: 4, kernelSize: 3 }), l.flatten(), l.dense({ units: 3 })];
    await expectImported(stacked([6, 5, 2], ...layers));
  });

  test('a chain of image layers is transposed once at each end', async () => {
    const layers = [
      l.conv2d({ filters: 4, kernelSize: 3 }),
      l.batchNormalization(),
      l.prelu(),
      l.zeroPadding2d({ padding: 1 }),
      l.maxPooling2d({ poolSize: 2 }),
      l.upSampling2d({}),
      l.conv2d({ filters: 2, kernelSize: 1, activation: 'softmax' }),
    ];
    const ops = await expectImported(stacked(image, ...layers));
    expect(ops.filter((op) => op === 'Transpose')).toHaveLength(2);
    expect([ops[0], ops.at(-1)]).toEqual(['Transpose', 'Transpose']);
  });
});

describe('windows of any kind', () => {
  const padding = (choose: Choices) => choose.of('valid' as const, 'same' as const);

  test('convolutions', async () => {
    await fc.assert(
      fc.asyncProperty(choiceNumbers(9), async (numbers) => {
        const choose = new Choices(numbers);
        const dilated = choose.once(3);
        const options = {
          kernelSize: [choose.between(1, 4), choose.between(1, 4)] as [number, number],
          strides: (dilated ? [1, 1] : [choose.between(1, 3), choose.between(1, 3)]) as [
            number,
            number,
          ],
          dilationRate: (dilated ? [2, 2] : [1, 1]) as [number, number],
          padding: padding(choose),
        };
        const layer = choose.of<() => tf.layers.Layer>(
          () => l.conv2d({ ...options, filters: 3 }),
          // TensorFlow.js computes this layer without dilation, whatever it is told.
          () => l.depthwiseConv2d({ ...options, dilationRate: 1, strides: options.strides[0] }),
          () => l.separableConv2d({ ...options, filters: 3, strides: options.strides[0] }),
        )();
        await expectImported(stacked([choose.between(7, 10), choose.between(7, 10), 2], layer));
      }),
      { numRuns: 60 },
    );
  });

  test('pools', async () => {
    await fc.assert(
      fc.asyncProperty(choiceNumbers(8), async (numbers) => {
        const choose = new Choices(numbers);
        const options = {
          poolSize: [choose.between(1, 4), choose.between(1, 4)] as [number, number],
          strides: [choose.between(1, 3), choose.between(1, 3)] as [number, number],
          padding: padding(choose),
        };
        const layer = choose.of<() => tf.layers.Layer>(
          () => l.maxPooling2d(options),
          () => l.averagePooling2d(options),
        )();
        await expectImported(stacked([choose.between(4, 9), choose.between(4, 9), 2], layer));
      }),
      { numRuns: 40 },
    );
  });
});
