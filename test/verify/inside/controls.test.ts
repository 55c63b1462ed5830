import { describe, it } from 'vitest';
import {
  type Attribute,
  float,
  int,
  ints,
  type Model,
  type Node,
  Value,
} from '../../../src/ir/index.js';
import { float16ToNumber, numberToFloat16, Tensor } from '../../../src/tensor/index.js';
import {
  castTo,
  changeConstant,
  copyOf,
  insertAfter,
  mergedCopy,
  nodeNamed,
  numberValues,
  permuteSlices,
  replaceNode,
  scaleTypicalWeight,
  transposeKernels,
} from './edits.js';
import { expectFound, expectInside } from './expect-found.js';
import { deep, mixed, wideBranched, widePlain } from './networks.js';

/** Spoils a model, and says at which node that must be seen. */
type Fault = (model: Model) => Node;

const attributes =
  (name: string, changes: Readonly<Record<string, Attribute>>): Fault =>
  (model) => {
    const node = nodeNamed(model, name);
    for (const [key, value] of Object.entries(changes)) node.attributes.set(key, value);
    return node;
  };

const constant =
  (name: string, position: number, change: Parameters<typeof changeConstant>[2]): Fault =>
  (model) =>
    changeConstant(nodeNamed(model, name), position, change);

/** Another operator in the place of a node, with its first input and further constants. */
const operator =
  (name: string, opType: string, ...constants: Tensor[]): Fault =>
  (model) => {
    const node = nodeNamed(model, name);
    const others = constants.map((tensor) => model.graph.addInitializer('given', tensor));
    return replaceNode(model, node, opType, [node.inputs[0] ?? null, ...others], new Map());
  };

const halves = (values: Float64Array) => values.map((x) => float16ToNumber(numberToFloat16(x)));

/** Values of 0 and 1 changed places. */
const firstTwo = [1, 0, 2, 3, 4, 5, 6, 7];

const allGroups: Fault = (model) => {
  const node = attributes('grouped/Conv', { group: int(1) })(model);
  const numbers = [...(node.inputs[1]?.constant?.toNumbers() ?? [])];
  const weight = Tensor.fromNumbers('float32', [8, 8, 3, 3], [...numbers, ...numbers]);
  node.setInput(1, model.graph.addInitializer('weight', weight));
  return node;
};

const withoutBias: Fault = (model) => {
  const node = nodeNamed(model, 'grouped/Conv');
  return replaceNode(model, node, 'Conv', node.inputs.slice(0, 2));
};

/** @param statistics how many results beside the first a BatchNormalization in training mode has */
const training =
  (name: string, statistics: number): Fault =>
  (model) => {
    const node = nodeNamed(model, name);
    const mode = statistics === 2 ? [['training_mode', int(1)] as const] : [];
    const results = Array.from(
      { length: statistics },
      (_, i) => new Value(model.graph.uniqueName(`statistic${i}`)),
    );
    const outputs = [...node.outputs, ...results];
    const all = new Map([...node.attributes, ...mode]);
    return replaceNode(model, node, node.opType, node.inputs, all, outputs);
  };

/** A node that computes in float16, between two casts. */
const inHalf =
  (name: string): Fault =>
  (model) => {
    const node = nodeNamed(model, name);
    const output = node.results[0] as Value;
    insertAfter(model, node.inputs[0] as Value, 'Cast', castTo('float16'));
    output.type = { dtype: 'float16', shape: output.type?.shape ?? null };
    insertAfter(model, output, 'Cast', castTo('float32'));
    return node;
  };

const throughBfloat16: Fault = (model) => {
  const [input] = nodeNamed(model, 'stem/Relu').results as [Value];
  insertAfter(
    model,
    insertAfter(model, input, 'Cast', castTo('bfloat16')),
    'Cast',
    castTo('float32'),
  );
  return nodeNamed(model, 'grouped/Conv');
};

const faults: Record<string, readonly [fault: Fault, cause: RegExp]> = {
  'another epsilon': [
    attributes('stem/BatchNormalization', { epsilon: float(1e-3) }),
    /epsilon of .* is 0.001, in the first model 0.00001/,
  ],
  'pads of one side on the other': [
    attributes('grouped/Conv', { pads: ints([0, 1, 2, 1]) }),
    /pads of .* is \[0, 1, 2, 1\], in the first model \[1, 1, 1, 1\]/,
  ],
  'another dilation': [
    attributes('dilated/Conv', { pads: ints([1, 1, 1, 1]), dilations: ints([1, 1]) }),
    /dilations of .* is \[1, 1\], in the first model \[2, 2\]/,
  ],
  'another stride': [
    attributes('grouped/Conv', { pads: ints([7, 7, 6, 6]), strides: ints([2, 2]) }),
    /strides of .* is \[2, 2\], in the first model \[1, 1\]/,
  ],
  'other groups': [allGroups, /group of .* is 1, in the first model 2/],
  'output channels swapped': [
    constant('stem/Conv', 1, (values, dims) => permuteSlices(values, dims, 0, firstTwo)),
    /weight of .* has its channels in another order \(0 is 1, 1 is 0\)/,
  ],
  'input channels swapped': [
    constant('dilated/Conv', 1, (values, dims) => permuteSlices(values, dims, 1, firstTwo)),
    /weight of .* has its input channels in another order \(0 is 1, 1 is 0\)/,
  ],
  'transposed kernels': [
    constant('stem/Conv', 1, transposeKernels),
    /weight of .* has kernels whose rows and columns are swapped/,
  ],
  'a weight rounded to float16': [
    constant('stem/Conv', 1, halves),
    /weight of .* is that of the first model rounded to float16/,
  ],
  'a missing bias': [withoutBias, /has no bias/],
  'another slope': [
    attributes('grouped/LeakyRelu', { alpha: float(0.101) }),
    /alpha of .* is 0.101, in the first model 0.1/,
  ],
  'Relu6 for Relu': [
    operator('dilated/Relu', 'Clip', Tensor.scalar('float32', 0), Tensor.scalar('float32', 6)),
    /Clip .* stands for Relu/,
  ],
  'padding that does not count': [
    attributes('dilated/AveragePool', { count_include_pad: int(0) }),
    /count_include_pad of .* is 0, in the first model 1/,
  ],
  'a softmax over another axis': [
    attributes('last/Softmax', { axis: int(3) }),
    /axis of .* is 3, in the first model 1/,
  ],
  'Reshape for Transpose': [
    operator('last/Transpose', 'Reshape', Tensor.int64s([2, 12, 12, 8])),
    /Reshape .* stands for Transpose .*: the layout/,
  ],
  'a BatchNormalization in training mode': [
    training('stem/BatchNormalization', 2),
    /is in training mode: it normalizes by the statistics of the batch/,
  ],
  'a Dropout in training mode': [
    operator(
      'last/Dropout',
      'Dropout',
      Tensor.scalar('float32', 0.5),
      Tensor.fromNumbers('bool', [], [1]),
    ),
    /is in training mode: it drops elements at random/,
  ],
  'a step through bfloat16': [throughBfloat16, /Cast .* computes in bfloat16/],
  'a node in float16': [inHalf('last/Transpose'), /computes in float16/],
};

describe('a fault in one node of a network', () => {
  const original = mixed();

  describe.each(Object.entries(faults))('%s', (_, [fault, cause]) => {
    it('is found and named', async () => {
      const spoiled = copyOf(original);
      await expectFound(original, spoiled, fault(spoiled), cause);
    });

    it('is found where no name is that of the first model', async () => {
      const spoiled = copyOf(original);
      const culprit = fault(spoiled);
      await expectInside(original, numberValues(spoiled), culprit, cause);
    });
  });
});

describe('one weight of millions, off by a thousandth', () => {
  const cases = ['plain', 'branched'].flatMap((kind) => [0, 1, 3].map((at) => [kind, at] as const));

  it.each(cases)('of a %s network, in layer %i', async (kind, layer) => {
    const original = kind === 'plain' ? widePlain() : wideBranched();
    const spoiled = await mergedCopy(original);
    const convs = spoiled.graph.nodes.filter((node) => node.is('Conv'));
    const culprit = changeConstant(convs[layer] as Node, 1, (v) => scaleTypicalWeight(v, 1.001));
    await expectFound(original, spoiled, culprit, /weight of .* differs in 1 of \d{6} elements/);
  });
});

describe('one layer of many', () => {
  it.each([0, 5, 11])('with another epsilon: the one at %i', async (layer) => {
    const spoiled = copyOf(deep());
    const culprit = attributes(`layer${layer}/BatchNormalization`, { epsilon: float(1e-3) });
    await expectFound(deep(), spoiled, culprit(spoiled), /epsilon of .* is 0.001/);
  });

  // Before opset 14, results beside the first are what says so.
  it('with a BatchNormalization in training mode, as older files say it', async () => {
    const spoiled = copyOf(deep(13));
    const culprit = training('layer5/BatchNormalization', 4)(spoiled);
    await expectFound(deep(13), spoiled, culprit, /is in training mode/);
  });
});
