import { describe, expect, it } from 'vitest';
import { dbb } from '../../../fixtures/builders/dbb.js';
import { Layers } from '../../../fixtures/builders/layers.js';
import {
  float,
  GraphBuilder,
  ints,
  type Model,
  type Node,
  type Value,
} from '../../../src/ir/index.js';
import { float16ToNumber, numberToFloat16, Tensor } from '../../../src/tensor/index.js';
import {
  changeConstant,
  copyOf,
  lookInside,
  mergedCopy,
  nodeNamed,
  numberValues,
  permuteSlices,
  replaceNode,
  transposeKernels,
} from './edits.js';
import { expectFound, expectInside } from './expect-found.js';
import { branched, deep } from './networks.js';

const halves = (values: Float64Array) => values.map((x) => float16ToNumber(numberToFloat16(x)));
const firstTwo = [1, 0, 2, 3, 4, 5, 6, 7];

/** Faults of the convolution that a block was merged into. */
const faults: Record<string, readonly [change: (conv: Node, model: Model) => Node, cause: RegExp]> =
  {
    'output channels swapped': [
      (conv) => {
        changeConstant(conv, 2, (values, dims) => permuteSlices(values, dims, 0, firstTwo));
        return changeConstant(conv, 1, (values, dims) => permuteSlices(values, dims, 0, firstTwo));
      },
      /channels are in another order \(0 is 1, 1 is 0\)/,
    ],
    'input channels swapped': [
      (conv) => changeConstant(conv, 1, (values, dims) => permuteSlices(values, dims, 1, firstTwo)),
      /weight of .* has its input channels in another order \(0 is 1, 1 is 0\)/,
    ],
    'transposed kernels': [
      (conv) => changeConstant(conv, 1, transposeKernels),
      /rows and columns are swapped/,
    ],
    'a weight rounded to float16': [
      (conv) => changeConstant(conv, 1, halves),
      /every element of the weight of .* is a float16: it has been rounded/,
    ],
    'a missing bias': [
      (conv, model) => replaceNode(model, conv, 'Conv', conv.inputs.slice(0, 2)),
      /but for a constant: a missing or another bias/,
    ],
    'a window that is moved': [
      (conv) => {
        conv.attributes.set('pads', ints([0, 1, 2, 1]));
        return conv;
      },
      /the image is moved by 1 rows and 0 columns/,
    ],
    'one weight of a thousandth more': [
      (conv) => changeConstant(conv, 1, (values) => values.with(77, values[77]! * 1.001)),
      /weight of .* differs in 1 of 576 elements, most at element 77/,
    ],
  };

describe('a fault in a merged block', () => {
  const original = branched();

  describe.each(Object.entries(faults))('%s', (_, [change, cause]) => {
    it.each([
      ['', expectFound, (model: Model) => model],
      [' where no name is that of the first model', expectInside, numberValues],
    ])('is found and named%s', async (_, expectThat, rename) => {
      const spoiled = await mergedCopy(original);
      const convs = spoiled.graph.nodes.filter((node) => node.is('Conv'));
      const culprit = change(convs[1] as Node, spoiled);
      await expectThat(original, rename(spoiled), culprit, cause);
    });
  });

  it('another epsilon in one of its branches is found and named', async () => {
    const spoiled = copyOf(deep());
    nodeNamed(spoiled, 'layer5/BatchNormalization').attributes.set('epsilon', float(1e-3));
    const merged = await mergedCopy(spoiled);
    const culprit = merged.graph.nodes.filter((node) => node.is('Conv'))[5] as Node;
    await expectFound(deep(), merged, culprit, /but for a factor .* epsilon of BatchNormalization/);
  });
});

describe('borders', () => {
  /** A network of one diverse branch block. @param zeros whether its chains pad with zeros */
  function block(zeros: boolean): Model {
    const b = new GraphBuilder();
    const x = b.input('x', [1, 8, 12, 12]);
    b.output(new Layers(b, { name: 'out' }).relu(dbb(b, x, { channels: 8, seed: 1, name: 'dbb' })));
    const model = b.model();
    if (!zeros) return model;
    for (const node of model.graph.nodes.filter((one) => one.is('ScatterND'))) {
      changeConstant(node, 2, (values) => values.fill(0));
    }
    return model;
  }

  it('of zeros, merged as if they held the bias', async () => {
    const merged = await mergedCopy(block(false));
    const culprit = merged.graph.nodes.find((node) => node.is('Conv')) as Node;
    await expectFound(block(true), merged, culprit, /differ at the border alone: .*zeros/);
  });

  it('that hold the bias, replaced by zeros', async () => {
    const zeros = block(true);
    const culprit = zeros.graph.nodes.find((node) => node.is('ScatterND')) as Node;
    const report = await lookInside(block(false), zeros);
    expect(report.status).toBe('different');
    expect(report.inside?.divergences[0]).toMatchObject({ nodeB: culprit.label });
  });

  it('of which the last row alone is wrong', async () => {
    const merged = await mergedCopy(block(false));
    const conv = merged.graph.nodes.find((node) => node.is('Conv')) as Node;
    const [output] = conv.results as [Value];
    // The last row is computed as if the image went on.
    const padded = merged.graph.addInitializer('pads', Tensor.int64s([0, 0, 0, 0, 0, 0, 1, 0]));
    const b = new GraphBuilder(merged.graph);
    const wider = b.op('Pad', [conv.inputs[0] ?? null, padded], { mode: 'edge' });
    merged.graph.nodes.pop();
    const before = merged.graph.nodes.indexOf(conv);
    merged.graph.nodes.splice(before, 0, wider.producer as Node);
    conv.setInput(0, wider);
    conv.attributes.set('pads', ints([1, 1, 0, 1]));
    await expectFound(block(false), merged, output.producer as Node, /in the last row alone/);
  });
});

describe('a network that is coarser everywhere', () => {
  it('parts first at its first node', async () => {
    const spoiled = await mergedCopy(branched());
    const convs = spoiled.graph.nodes.filter((node) => node.is('Conv'));
    for (const conv of convs) changeConstant(conv, 1, halves);
    const { status, inside } = await lookInside(branched(), spoiled);
    expect(status).toBe('different');
    expect(inside?.divergences.map(({ nodeB }) => nodeB)).toEqual(convs.map(({ label }) => label));
    expect(inside?.divergences[0]?.causes).toEqual([expect.stringContaining('is a float16')]);
  });
});
