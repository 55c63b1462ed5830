import { describe, expect, it } from 'vitest';
import type { ReparamError } from '../../src/errors.js';
import { inferTypes, type Model, onnxOpset } from '../../src/ir/index.js';
import { buildModel, type ModelOptions, modelBuilders } from '../../src/models/index.js';
import { nearestNames } from '../../src/models/nearest-names.js';
import { encodeModel } from '../../src/onnx/index.js';

function failure(build: () => Model): ReparamError {
  try {
    build();
  } catch (error) {
    return error as ReparamError;
  }
  throw new Error('it was built');
}

const bytesOf = (model: Model, name: string): Uint8Array =>
  [...model.graph.initializers].find((value) => value.name === name)!.constant!.bytes;

describe.each(modelBuilders)('$name', (builder) => {
  const model = builder.build();

  it('has shapes that follow from its operators', () => {
    const values = model.graph.nodes.flatMap((node) => node.results);
    const stated = values.map((value) => value.type);
    for (const value of values) value.type = null;
    const inferred = inferTypes(model);
    expect(values.map((value) => inferred.of(value))).toEqual(stated);
    values.forEach((value, i) => {
      value.type = stated[i]!;
    });
    const [batch, ...lengths] = model.graph.outputs[0]!.type!.shape!;
    expect([batch, ...lengths]).toEqual(['N', builder.classes]);
    const dims = stated.flatMap((type) => type!.shape!);
    expect(new Set(dims.filter((dim) => typeof dim !== 'number'))).toEqual(new Set(['N']));
  });

  it('is of opset 17 and says what it is', () => {
    expect(onnxOpset(model)).toBe(17);
    expect(model.graph.name).toBe(builder.name);
    expect(model.graph.inputs[0]!.type!.shape).toEqual(['N', ...builder.image]);
    const size = builder.image[1] === 32 ? /32×32|CIFAR/ : /ImageNet/;
    expect(builder.description).toMatch(size);
    expect(builder.source).toMatch(/arXiv:\d{4}\.\d{4}/);
  });

  it('normalizes by running statistics and drops nothing', () => {
    for (const node of model.graph.nodes) {
      if (node.is('BatchNormalization')) {
        expect(node.int('training_mode', 0)).toBe(0);
        expect(node.outputs).toHaveLength(1);
        expect(node.float('epsilon', 0)).toBe(builder.name === 'googlenet' ? 1e-3 : 1e-5);
      }
      if (node.is('Dropout')) expect(node.inputs).toHaveLength(2);
    }
  });
});

describe('dropout is where PyTorch has it', () => {
  it.each([
    ['vgg11_bn', ['classifier.2', 'classifier.5'], 0.5],
    ['googlenet', ['dropout'], 0.2],
    ['mobilenet_v2', ['classifier.0'], 0.2],
    ['vgg11', [], 0],
    ['resnet18', [], 0],
  ])('%s', (name, names, ratio) => {
    const nodes = buildModel(name).graph.nodes.filter((node) => node.is('Dropout'));
    expect(nodes.map((node) => node.name)).toEqual(names);
    for (const node of nodes) {
      const constant = node.inputs[1]!.producer!.tensor('value')!;
      expect(constant.toNumbers()[0]).toBeCloseTo(ratio, 7);
    }
  });
});

describe('seeds', () => {
  it('give the same bytes again', () => {
    const bytes = (seed?: number) =>
      encodeModel(buildModel('resnet20', seed === undefined ? {} : { seed }));
    expect(Buffer.compare(bytes(7), bytes(7))).toBe(0);
    expect(Buffer.compare(bytes(), bytes(0))).toBe(0);
    expect(Buffer.compare(bytes(7), bytes(8))).not.toBe(0);
    expect(Buffer.compare(bytes(-1), bytes(1))).not.toBe(0);
  });

  it('give a parameter the same values whatever else the network has', () => {
    const [small, large] = [buildModel('vgg11', { seed: 3 }), buildModel('vgg19', { seed: 3 })];
    const first = 'features.0.weight';
    expect(bytesOf(small, first)).toEqual(bytesOf(large, first));
    const narrow = buildModel('resnet20', { classes: 100 });
    expect(bytesOf(narrow, 'layer1.0.conv1.weight')).toEqual(
      bytesOf(buildModel('resnet20'), 'layer1.0.conv1.weight'),
    );
  });

  it('give each parameter values of its own', () => {
    const model = buildModel('resnet20');
    const firsts = [...model.graph.initializers]
      .filter((value) => /conv\d\.weight$/.test(value.name))
      .map((value) => value.constant!.toFloats()[0]);
    expect(new Set(firsts).size).toBe(firsts.length);
  });
});

describe('options', () => {
  it('set image and classes', () => {
    const model = buildModel('resnet20', { image: [1, 28, 28], classes: 7 });
    expect(model.graph.inputs[0]!.type!.shape).toEqual(['N', 1, 28, 28]);
    expect(model.graph.outputs[0]!.type!.shape).toEqual(['N', 7]);
    expect(bytesOf(model, 'conv1.weight')).toHaveLength(16 * 9 * 4);
  });

  it('refuse images that are too small, and name the layer', () => {
    const error = failure(() => buildModel('vgg16', { image: [1, 28, 28] }));
    expect(error.code).toBe('input');
    expect(error.message).toContain("28×28 pixels is too small for 'vgg16'");
    expect(error.at).toBe('features.43');
  });

  it.each<ModelOptions>([
    { classes: 0 },
    { classes: 2.5 },
    { image: [3, 0, 32] },
    { image: [3, 32] as unknown as [number, number, number] },
    { seed: Number.NaN },
  ])('refuse %o', (options) => {
    const error = failure(() => buildModel('resnet20', options));
    expect(error.code).toBe('input');
    expect(error.message).toContain("'resnet20'");
    expect(error.hint).toContain('whole number');
  });
});

describe('names', () => {
  it('that are unknown are answered by those spelled most alike', () => {
    const error = failure(() => buildModel('ResNet-18'));
    expect(error.code).toBe('input');
    expect(error.message).toBe("there is no model 'ResNet-18'");
    expect(error.hint).toMatch(/^did you mean resnet18, /);
    expect(failure(() => buildModel('mobilenetv2')).hint).toContain('mobilenet_v2');
    expect(failure(() => buildModel('__proto__')).code).toBe('input');
  });

  it('are unique', () => {
    const names = modelBuilders.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('are ordered by letters to be changed', () => {
    expect(nearestNames('abcd', ['xyz', 'abd', 'abcde', 'abcd'], 2)).toEqual(['abcd', 'abd']);
    expect(nearestNames('', ['ab', 'a'], 1)).toEqual(['a']);
    expect(nearestNames('x'.repeat(1e6), ['a'])).toEqual(['a']);
  });
});
