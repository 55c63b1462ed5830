import { describe, expect, test } from 'vitest';
import { attributes, expectGraph, GraphWriter } from './graphs.js';

const { window, list, text, fused } = attributes;

/** A graph with one image [N, 7, 6, 4]; `write` gives its output. */
function onImage(write: (graph: GraphWriter, x: string) => void): GraphWriter {
  const graph = new GraphWriter();
  write(graph, graph.input('image', [1, 7, 6, 4]));
  return graph;
}

const onRows = (write: (graph: GraphWriter, x: string) => void): GraphWriter => {
  const graph = new GraphWriter();
  write(graph, graph.input('rows', [1, 4]));
  return graph;
};

describe('convolutions', () => {
  test.each([
    ['SAME', [1, 1]],
    ['SAME', [2, 3]],
    ['VALID', [2, 1]],
  ])('Conv2D %s, strides %j, with BiasAdd and Relu', async (padding, strides) => {
    const graph = onImage((g, x) => {
      const y = g.op('Conv2D', [x, g.weight([3, 2, 4, 5])], window(strides, padding));
      g.op('Relu', [g.op('BiasAdd', [y, g.weight([5])], { data_format: text('NHWC') })]);
    });
    await expectGraph(graph);
  });

  test('dilated and explicitly padded', async () => {
    const more = {
      dilations: list([1, 2, 2, 1]),
      explicit_paddings: list([0, 0, 1, 2, 0, 3, 0, 0]),
    };
    await expectGraph(
      onImage((g, x) => {
        g.op('Conv2D', [x, g.weight([3, 2, 4, 5])], window([1, 1], 'EXPLICIT', more));
      }),
    );
  });

  test.each([
    [['BiasAdd']],
    [['BiasAdd', 'Relu']],
    [['BiasAdd', 'Relu6']],
    [['BiasAdd', 'Elu']],
    [['BiasAdd', 'Prelu']],
    [['BiasAdd', 'LeakyRelu']],
    [['BiasAdd', 'Sigmoid']],
  ])('_FusedConv2D with %j', async (ops) => {
    await expectGraph(
      onImage((g, x) => {
        const slope = ops.includes('Prelu') ? [g.weight([5])] : [];
        const inputs = [x, g.weight([3, 3, 4, 5]), g.weight([5]), ...slope];
        const more = { ...fused(...ops), leakyrelu_alpha: { f: 0.3 } };
        g.op('_FusedConv2D', inputs, window([1, 1], 'SAME', more));
      }),
    );
  });

  test('DepthwiseConv2dNative, and fused with BiasAdd and Relu6', async () => {
    await expectGraph(
      onImage((g, x) => {
        const y = g.op(
          'DepthwiseConv2dNative',
          [x, g.weight([3, 3, 4, 2])],
          window([2, 2], 'SAME'),
        );
        const inputs = [y, g.weight([3, 3, 8, 1]), g.weight([8])];
        const more = fused('BiasAdd', 'Relu6');
        g.op('FusedDepthwiseConv2dNative', inputs, window([1, 1], 'SAME', more));
      }),
    );
  });
});

test.each(['FusedBatchNorm', 'FusedBatchNormV3'])('%s', async (op) => {
  await expectGraph(
    onImage((g, x) => {
      const parameters = [g.weight([4]), g.weight([4]), g.weight([4]), g.weight([4], true)];
      g.op(op, [x, ...parameters], { epsilon: { f: 0.01 }, data_format: text('NHWC') });
    }),
  );
});

test.each([
  ['MaxPool', 'SAME'],
  ['MaxPool', 'VALID'],
  ['AvgPool', 'SAME'],
  ['AvgPool', 'VALID'],
])('%s %s', async (op, padding) => {
  await expectGraph(
    onImage((g, x) => {
      g.op(op, [x], window([2, 1], padding, { ksize: list([1, 3, 2, 1]) }));
    }),
  );
});

test.each([
  ...[
    'Relu',
    'Relu6',
    'Elu',
    'Selu',
    'Sigmoid',
    'Tanh',
    'Softplus',
    'Softmax',
    'LogSoftmax',
    'LeakyRelu',
  ],
  ...['Abs', 'Ceil', 'Erf', 'Exp', 'Floor', 'Neg', 'Square', 'Reciprocal'],
])('%s behind a convolution', async (op) => {
  await expectGraph(
    onImage((g, x) => {
      const y = g.op('Conv2D', [x, g.weight([1, 1, 4, 3])], window([1, 1], 'SAME'));
      g.op(op, [y], op === 'LeakyRelu' ? { alpha: { f: 0.3 } } : {});
    }),
  );
});

test.each(['Sqrt', 'Rsqrt', 'Log'])('%s of what is positive', async (op) => {
  await expectGraph(
    onImage((g, x) => {
      g.op(op, [g.op('AddV2', [g.op('Square', [x]), g.floats([0.5], [])])]);
    }),
  );
});

describe('operators of several operands', () => {
  test.each([
    ...['Add', 'AddV2', 'Sub', 'Mul', 'RealDiv', 'Maximum', 'Minimum', 'SquaredDifference'],
  ])('%s of an image behind a convolution and constants of several shapes', async (op) => {
    await expectGraph(
      onImage((g, x) => {
        const y = g.op('Conv2D', [x, g.weight([1, 1, 4, 3])], window([1, 1], 'SAME'));
        const constants = [
          g.weight([3], true),
          g.weight([1, 1, 1, 3], true),
          g.weight([6, 1], true),
          g.weight([], true),
          g.weight([7, 6, 3], true),
        ];
        constants.reduce((z, constant) => g.op(op, [z, constant]), y);
      }),
    );
  });

  test('Prelu, ClipByValue, AddN and ConcatV2', async () => {
    await expectGraph(
      onImage((g, x) => {
        const y = g.op('Conv2D', [x, g.weight([1, 1, 4, 4])], window([1, 1], 'SAME'));
        const sum = g.op('AddN', [x, y, y], { N: { i: '3' } });
        const sloped = g.op('Prelu', [y, g.weight([4])]);
        const clipped = g.op('ClipByValue', [x, g.floats([-0.5], []), g.floats([0.5], [])]);
        g.op('ConcatV2', [sum, sloped, clipped, g.ints([-1], [])], { N: { i: '3' } });
      }),
    );
  });
});

describe('matrices', () => {
  test.each([false, true])('MatMul with transpose_b %s', async (transposed) => {
    await expectGraph(
      onRows((g, x) => {
        const shape = transposed ? [3, 4] : [4, 3];
        g.op('MatMul', [x, g.weight(shape)], { transpose_b: { b: transposed } });
      }),
    );
  });

  test.each([[['BiasAdd']], [['BiasAdd', 'Relu']]])('_FusedMatMul with %j', async (ops) => {
    await expectGraph(
      onRows((g, x) => {
        g.op('_FusedMatMul', [x, g.weight([4, 3]), g.weight([3])], fused(...ops));
      }),
    );
  });

  test('of two computed operands', async () => {
    await expectGraph(
      onRows((g, x) => {
        g.op('MatMul', [x, x], { transpose_a: { b: true } });
      }),
    );
  });
});

describe('shapes', () => {
  const afterConv = (write: (g: GraphWriter, y: string) => void): GraphWriter =>
    onImage((g, x) => {
      write(g, g.op('Conv2D', [x, g.weight([1, 1, 4, 3])], window([1, 1], 'SAME')));
    });

  test.each([
    ['Mean', true],
    ['Mean', false],
    ['Max', true],
    ['Min', false],
    ['Sum', false],
  ])('%s over the pixels, keep_dims %s', async (op, keep) => {
    await expectGraph(
      afterConv((g, y) => {
        g.op(op, [y, g.ints([1, 2])], { keep_dims: { b: keep } });
      }),
    );
  });

  test('Mean over the channels', async () => {
    await expectGraph(
      afterConv((g, y) => {
        g.op('Mean', [y, g.ints([-1])], { keep_dims: { b: false } });
      }),
    );
  });

  test('Pad and PadV2', async () => {
    await expectGraph(
      afterConv((g, y) => {
        const z = g.op('Pad', [y, g.ints([0, 0, 1, 2, 0, 3, 0, 0], [4, 2])]);
        g.op('PadV2', [z, g.ints([0, 0, 0, 1, 0, 0, 2, 0], [4, 2]), g.floats([1.5], [])]);
      }),
    );
  });

  test('Reshape reads channels fastest', async () => {
    await expectGraph(
      afterConv((g, y) => {
        const flat = g.op('Reshape', [y, g.ints([-1, 7 * 6 * 3])]);
        g.op('MatMul', [flat, g.weight([7 * 6 * 3, 2])]);
      }),
    );
  });

  test('Reshape to computed lengths, as Keras writes it', async () => {
    await expectGraph(
      afterConv((g, y) => {
        const shape = g.op('Shape', [y]);
        const bounds = [[0], [1], [1]].map((n) => g.ints(n));
        const mask = { shrink_axis_mask: { i: '1' } };
        const batch = g.op('StridedSlice', [shape, ...bounds], mask);
        const target = g.op('Pack', [batch, g.ints([42], []), g.ints([3], [])], {
          N: { i: '3' },
          axis: { i: '0' },
        });
        g.op('Reshape', [y, target]);
      }),
    );
  });

  test('Squeeze, ExpandDims, Identity', async () => {
    await expectGraph(
      afterConv((g, y) => {
        const pooled = g.op('Mean', [y, g.ints([1, 2])], { keep_dims: { b: true } });
        const row = g.op('Squeeze', [pooled], { squeeze_dims: list([1, 2]) });
        g.op('Identity', [g.op('ExpandDims', [row, g.ints([1], [])])]);
      }),
    );
  });

  test('exchanges of the data format cost nothing', async () => {
    const graph = afterConv((g, y) => {
      const first = g.op('Transpose', [y, g.ints([0, 3, 1, 2])]);
      const relu = g.op('Relu', [first]);
      const last = g.op('Transpose', [relu, g.ints([0, 2, 3, 1])]);
      const z = g.op('Conv2D', [last, g.weight([1, 1, 3, 3])], window([1, 1], 'SAME'));
      g.op('Transpose', [z, g.ints([0, 3, 1, 2])]);
    });
    const ops = await expectGraph(graph);
    expect(ops).toEqual(['Transpose', 'Conv', 'Relu', 'Conv']);
  });

  test('other orders of axes', async () => {
    await expectGraph(
      afterConv((g, y) => {
        g.op('Transpose', [y, g.ints([0, 2, 1, 3])]);
      }),
    );
  });
});

test('several inputs and outputs', async () => {
  const graph = new GraphWriter();
  const [a, b] = [graph.input('a', [1, 5, 5, 2]), graph.input('b', [1, 5, 5, 2])];
  const sum = graph.op('AddV2', [a, b]);
  graph.op('Relu', [sum]);
  graph.op('Conv2D', [sum, graph.weight([3, 3, 2, 2])], window([1, 1], 'SAME'));
  await expectGraph(graph);
});
