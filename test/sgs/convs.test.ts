import { expect, test } from 'vitest';
import { GraphBuilder } from '../../src/ir/index.js';
import { buildModel } from '../../src/models/index.js';
import { spatialConvs } from '../../src/sgs/index.js';

const weight = (b: GraphBuilder, name: string, dims: readonly number[]) =>
  b.floats(dims, new Float32Array(dims.reduce((x, y) => x * y)), name);

test('takes convolutions with more than one tap and a weight of their own', () => {
  const b = new GraphBuilder();
  const x = b.input('x', ['N', 4, 9, 10]);
  const made = b.op('Conv', [weight(b, 'seed', [4, 4, 3, 3]), weight(b, 'mix', [4, 4, 3, 3])], {
    pads: [1, 1, 1, 1],
  });
  const shared = weight(b, 'shared', [4, 2, 1, 3]);
  let y = b.op('Conv', [x, weight(b, 'point', [4, 4, 1, 1])]);
  y = b.op('Conv', [y, shared], { group: 2, pads: [0, 1, 0, 1] });
  y = b.op('Conv', [y, shared], {
    group: 2,
    strides: [2, 1],
    dilations: [1, 2],
    auto_pad: 'VALID',
  });
  y = b.op('Conv', [y, made], { pads: [1, 1, 1, 1] });
  y = b.op('Conv', [y, weight(b, 'same', [4, 4, 3, 4])], {
    auto_pad: 'SAME_UPPER',
    strides: [2, 1],
  });
  b.output(y);
  const found = spatialConvs(b.model()).map(({ node: _, input: __, ...rest }) => rest);
  const ones = [1, 1];
  expect(found).toEqual([
    {
      weight: 'shared',
      group: 2,
      kernel: [1, 3],
      strides: ones,
      dilations: ones,
      padsBegin: [0, 1],
      padsEnd: [0, 1],
    },
    {
      weight: 'shared',
      group: 2,
      kernel: [1, 3],
      strides: [2, 1],
      dilations: [1, 2],
      padsBegin: [0, 0],
      padsEnd: [0, 0],
    },
    // Of five rows the third window begins at the last one but for one of padding.
    {
      weight: 'same',
      group: 1,
      kernel: [3, 4],
      strides: [2, 1],
      dilations: ones,
      padsBegin: [1, 1],
      padsEnd: [1, 2],
    },
  ]);
});

test('of networks', () => {
  const count = (name: string) => spatialConvs(buildModel(name)).length;
  expect(count('resnet20')).toBe(19);
  expect(count('vgg11')).toBe(8);
});
