import { describe, expect, it } from 'vitest';
import {
  type AttributeValue,
  type Dim,
  float,
  GraphBuilder,
  inferTypes,
} from '../../../src/ir/index.js';
import { type DataType, Tensor } from '../../../src/tensor/index.js';

/** An input of this shape (float32 unless given), int64 constants as a plain list, or an omitted input. */
type Operand = readonly Dim[] | { dtype: DataType; shape: readonly Dim[] | null } | Tensor | null;

interface Case {
  readonly inputs: readonly Operand[];
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  readonly opset?: number;
  readonly outputs?: number;
}

const ints = (...values: number[]) => Tensor.int64s(values);
const unknown = { dtype: 'float32', shape: null } as const;

/** Types of the outputs, written as `dtype[shape]`. */
function infer(opType: string, { inputs, attributes, opset = 17, outputs = 1 }: Case): string[] {
  const builder = new GraphBuilder();
  const values = inputs.map((operand, i) => {
    if (operand === null) return null;
    if (operand instanceof Tensor) return builder.constant(operand);
    if (!('dtype' in operand)) return builder.input(`x${i}`, operand);
    const value = builder.input(`x${i}`, operand.shape ?? [], operand.dtype);
    value.type = operand;
    return value;
  });
  const results = builder.ops(opType, values, outputs, attributes);
  const types = inferTypes(builder.model(opset));
  return results.map((result) => {
    const type = types.of(result);
    if (type === null) return 'unknown';
    return `${type.dtype}${type.shape ? `[${type.shape.map((dim) => dim ?? '?').join(', ')}]` : ''}`;
  });
}

type Row = readonly [opType: string, what: string, given: Case, expected: readonly string[]];

const families: Readonly<Record<string, readonly Row[]>> = {
  elementwise: [
    ['Relu', 'keeps symbols', { inputs: [['n', 3, null]] }, ['float32[n, 3, ?]']],
    ['Add', 'broadcasts', { inputs: [['n', 3, 1], [4]] }, ['float32[n, 3, 4]']],
    [
      'Add',
      'a length wins over an unknown one',
      {
        inputs: [
          [null, 'n'],
          [4, 5],
        ],
      },
      ['float32[4, 5]'],
    ],
    ['Add', 'different symbols', { inputs: [['n'], ['m']] }, ['float32[?]']],
    [
      'Add',
      'an unknown length against 1 and 0',
      {
        inputs: [
          [null, null],
          [1, 0],
        ],
      },
      ['float32[?, 0]'],
    ],
    ['Add', 'unknown rank', { inputs: [[2], unknown] }, ['float32']],
    ['Add', 'opset 6 broadcasts one way', { inputs: [[2, 3], [3]], opset: 6 }, ['float32[2, 3]']],
    [
      'Less',
      'is bool',
      {
        inputs: [
          ['n', 1],
          ['n', 4],
        ],
      },
      ['bool[n, 4]'],
    ],
    ['Max', 'takes many', { inputs: [[2, 1], [3], [1, 1, 1]] }, ['float32[1, 2, 3]']],
    [
      'Pow',
      'has the type of the base',
      { inputs: [['n'], { dtype: 'int64', shape: [1] }] },
      ['float32[n]'],
    ],
    [
      'Where',
      'has the type of the choices',
      { inputs: [{ dtype: 'bool', shape: [3, 1] }, [1], ['n']] },
      ['float32[3, n]'],
    ],
    [
      'PRelu',
      'keeps the input',
      {
        inputs: [
          [2, 3],
          [3, 1],
        ],
      },
      ['float32[2, 3]'],
    ],
    ['Dropout', 'has a mask', { inputs: [['n', 2]], outputs: 2 }, ['float32[n, 2]', 'bool[n, 2]']],
    [
      'Dropout',
      'mask of opset 7',
      { inputs: [[2]], outputs: 2, opset: 7 },
      ['float32[2]', 'float32[2]'],
    ],
    ['Cast', 'changes the type', { inputs: [['n']], attributes: { to: 10 } }, ['float16[n]']],
    ['Cast', 'to a type nobody defined', { inputs: [['n']], attributes: { to: 99 } }, ['unknown']],
    [
      'CastLike',
      'takes the type',
      { inputs: [['n'], { dtype: 'int8', shape: null }] },
      ['int8[n]'],
    ],
    ['IsNaN', 'is bool', { inputs: [['n']] }, ['bool[n]']],
  ],
  convolution: [
    [
      'Conv',
      'keeps symbols where it can',
      {
        inputs: [
          ['n', 3, 'h', 9],
          [8, 3, 3, 3],
        ],
        attributes: { pads: [1, 1, 1, 1] },
      },
      ['float32[n, 8, h, 9]'],
    ],
    [
      'Conv',
      'stride on a symbol',
      {
        inputs: [
          ['n', 3, 'h', 9],
          [8, 3, 3, 3],
        ],
        attributes: { strides: [2, 2] },
      },
      ['float32[n, 8, ?, 4]'],
    ],
    [
      'Conv',
      'SAME',
      {
        inputs: [
          ['n', 3, 'h', 9],
          [8, 3, 4, 4],
        ],
        attributes: { auto_pad: 'SAME_UPPER', strides: [1, 2] },
      },
      ['float32[n, 8, h, 5]'],
    ],
    [
      'Conv',
      'VALID ignores pads',
      {
        inputs: [
          [1, 3, 9, 9],
          [8, 3, 4, 4],
        ],
        attributes: { auto_pad: 'VALID', pads: [1, 1, 1, 1] },
      },
      ['float32[1, 8, 6, 6]'],
    ],
    ['Conv', 'input of unknown rank', { inputs: [unknown, [8, 3, 3, 3]] }, ['float32[?, 8, ?, ?]']],
    [
      'Conv',
      'weight of unknown shape',
      { inputs: [[1, 3, 9, 9], unknown], attributes: { kernel_shape: [3, 3] } },
      ['float32[1, ?, 7, 7]'],
    ],
    [
      'Conv',
      'in one dimension, dilated',
      {
        inputs: [
          [1, 2, 9],
          [4, 1, 3],
        ],
        attributes: { group: 2, dilations: [3] },
      },
      ['float32[1, 4, 3]'],
    ],
    [
      'Conv',
      'groups that do not fit',
      {
        inputs: [
          [1, 3, 9],
          [4, 1, 3],
        ],
        attributes: { group: 2 },
      },
      ['float32'],
    ],
    [
      'ConvTranspose',
      'counts groups',
      {
        inputs: [
          ['n', 4, 5, 'w'],
          [4, 3, 2, 2],
        ],
        attributes: { group: 2, strides: [2, 2] },
      },
      ['float32[n, 6, 10, ?]'],
    ],
    [
      'ConvTranspose',
      'has a given output',
      {
        inputs: [
          ['n', 4, 5, 5],
          [4, 3, 2, 2],
        ],
        attributes: { output_shape: [9, 10] },
      },
      ['float32[n, 3, 9, 10]'],
    ],
    [
      'ConvTranspose',
      'output padding',
      {
        inputs: [
          [1, 1, 3],
          [1, 1, 3],
        ],
        attributes: { strides: [3], output_padding: [1], pads: [1, 0] },
      },
      ['float32[1, 1, 9]'],
    ],
    [
      'ConvInteger',
      'is int32',
      {
        inputs: [
          { dtype: 'uint8', shape: [1, 1, 3, 3] },
          { dtype: 'uint8', shape: [1, 1, 2, 2] },
        ],
      },
      ['int32[1, 1, 2, 2]'],
    ],
  ],
  pooling: [
    [
      'MaxPool',
      'has indices',
      {
        inputs: [['n', 3, 8, 8]],
        attributes: { kernel_shape: [2, 2], strides: [2, 2] },
        outputs: 2,
      },
      ['float32[n, 3, 4, 4]', 'int64[n, 3, 4, 4]'],
    ],
    [
      'AveragePool',
      'rounds up',
      { inputs: [[1, 1, 6]], attributes: { kernel_shape: [3], strides: [2], ceil_mode: 1 } },
      ['float32[1, 1, 3]'],
    ],
    [
      'AveragePool',
      'starts no window in the padding after the input',
      {
        inputs: [[1, 1, 4]],
        attributes: { kernel_shape: [1], strides: [3], pads: [0, 1], ceil_mode: 1 },
      },
      ['float32[1, 1, 2]'],
    ],
    ['MaxPool', 'without a kernel', { inputs: [[1, 1, 4]] }, ['float32']],
    ['GlobalAveragePool', 'leaves 1', { inputs: [['n', 3, null, 7]] }, ['float32[n, 3, 1, 1]']],
  ],
  normalization: [
    [
      'BatchNormalization',
      'in training has statistics',
      { inputs: [['n', 3, 4], [3], [3], [3], [3]], outputs: 3 },
      ['float32[n, 3, 4]', 'float32[3]', 'float32[3]'],
    ],
    [
      'LayerNormalization',
      'has statistics',
      { inputs: [['n', 3, 4], [4]], attributes: { axis: -2 }, outputs: 3 },
      ['float32[n, 3, 4]', 'float32[n, 1, 1]', 'float32[n, 1, 1]'],
    ],
  ],
  matmul: [
    [
      'MatMul',
      'broadcasts batches',
      {
        inputs: [
          ['n', 1, 2, 3],
          [5, 3, 4],
        ],
      },
      ['float32[n, 5, 2, 4]'],
    ],
    ['MatMul', 'vectors', { inputs: [[3], ['n', 3, 4]] }, ['float32[n, 4]']],
    ['MatMul', 'two vectors', { inputs: [[3], [3]] }, ['float32[]']],
    [
      'Gemm',
      'transposes',
      { inputs: [[3, 'n'], [5, 3], [5]], attributes: { transA: 1, transB: 1 } },
      ['float32[n, 5]'],
    ],
    [
      'Einsum',
      'explicit',
      {
        inputs: [
          ['b', 2, 3],
          [3, 4],
        ],
        attributes: { equation: 'bij,jk->bki' },
      },
      ['float32[b, 4, 2]'],
    ],
    [
      'Einsum',
      'implicit with an ellipsis',
      {
        inputs: [
          ['b', 7, 2, 3],
          [3, 4],
        ],
        attributes: { equation: '...zj,jk' },
      },
      ['float32[b, 7, 4, 2]'],
    ],
    [
      'Einsum',
      'a term that does not fit',
      {
        inputs: [
          [2, 3],
          [3, 4],
        ],
        attributes: { equation: 'i,jk->ik' },
      },
      ['float32'],
    ],
  ],
  reduction: [
    [
      'ReduceMean',
      'over an attribute',
      { inputs: [['n', 3, 4]], attributes: { axes: [-1] } },
      ['float32[n, 3, 1]'],
    ],
    [
      'ReduceMean',
      'over an input',
      { inputs: [['n', 3, 4], ints(1)], attributes: { keepdims: 0 }, opset: 18 },
      ['float32[n, 4]'],
    ],
    [
      'ReduceSum',
      'over axes nobody knows',
      { inputs: [['n', 3], { dtype: 'int64', shape: [1] }], attributes: { keepdims: 0 } },
      ['float32[?]'],
    ],
    ['ReduceSum', 'over everything', { inputs: [['n', 3]] }, ['float32[1, 1]']],
    [
      'ReduceSum',
      'over nothing',
      { inputs: [['n', 3], ints()], attributes: { noop_with_empty_axes: 1 } },
      ['float32[n, 3]'],
    ],
    [
      'ArgMax',
      'is int64',
      { inputs: [['n', 3]], attributes: { axis: 1, keepdims: 0 } },
      ['int64[n]'],
    ],
  ],
  reshape: [
    [
      'Reshape',
      'cancels symbols',
      { inputs: [['n', 'c', 4], ints(0, 0, 2, -1)] },
      ['float32[n, c, 2, 2]'],
    ],
    [
      'Reshape',
      'copies what is unknown',
      { inputs: [[null, 6], ints(0, 2, -1)] },
      ['float32[?, 2, 3]'],
    ],
    ['Reshape', 'finds the symbol', { inputs: [['n', 6], ints(-1, 2, 3)] }, ['float32[n, 2, 3]']],
    ['Reshape', 'cannot tell', { inputs: [['n', 'm'], ints(-1, 2)] }, ['float32[?, 2]']],
    [
      'Reshape',
      'allowzero',
      { inputs: [[0, 3], ints(3, 0)], attributes: { allowzero: 1 } },
      ['float32[3, 0]'],
    ],
    ['Reshape', 'of unknown rank', { inputs: [unknown, ints(0, -1, 4)] }, ['float32[?, ?, 4]']],
    [
      'Reshape',
      'to a shape of known length',
      { inputs: [[2], { dtype: 'int64', shape: [3] }] },
      ['float32[?, ?, ?]'],
    ],
    [
      'Reshape',
      'opset 1',
      { inputs: [[2, 6]], attributes: { shape: [3, -1] }, opset: 1 },
      ['float32[3, 4]'],
    ],
    [
      'Flatten',
      'from an axis',
      { inputs: [['n', 3, 4]], attributes: { axis: 1 } },
      ['float32[n, 12]'],
    ],
    ['Flatten', 'at the end', { inputs: [[2, 3]], attributes: { axis: 2 } }, ['float32[6, 1]']],
    ['Squeeze', 'all ones', { inputs: [[1, 3, 1]] }, ['float32[3]']],
    ['Squeeze', 'all ones among symbols', { inputs: [[1, 'n']] }, ['float32']],
    [
      'Squeeze',
      'attribute',
      { inputs: [[1, 'n', 1]], attributes: { axes: [-1] }, opset: 11 },
      ['float32[1, n]'],
    ],
    ['Unsqueeze', 'input', { inputs: [['n', 3], ints(0, -1)] }, ['float32[1, n, 3, 1]']],
    [
      'Unsqueeze',
      'attribute',
      { inputs: [['n']], attributes: { axes: [1] }, opset: 11 },
      ['float32[n, 1]'],
    ],
    ['Transpose', 'reverses', { inputs: [['n', 3, 4]] }, ['float32[4, 3, n]']],
    [
      'Transpose',
      'of unknown rank',
      { inputs: [unknown], attributes: { perm: [1, 0] } },
      ['float32[?, ?]'],
    ],
    [
      'DepthToSpace',
      'moves depth',
      { inputs: [['n', 12, 'h', 5]], attributes: { blocksize: 2 } },
      ['float32[n, 3, ?, 10]'],
    ],
    [
      'SpaceToDepth',
      'moves space',
      { inputs: [['n', 3, 4, 6]], attributes: { blocksize: 2 } },
      ['float32[n, 12, 2, 3]'],
    ],
  ],
  indexing: [
    [
      'Concat',
      'adds',
      {
        inputs: [
          ['n', 2],
          [null, 3],
        ],
        attributes: { axis: -1 },
      },
      ['float32[n, 5]'],
    ],
    [
      'Concat',
      'a symbol and an empty tensor',
      {
        inputs: [
          ['n', 2],
          [0, 2],
        ],
        attributes: { axis: 0 },
      },
      ['float32[n, 2]'],
    ],
    [
      'Split',
      'equally',
      { inputs: [['n', 6]], attributes: { axis: 1 }, outputs: 2 },
      ['float32[n, 3]', 'float32[n, 3]'],
    ],
    [
      'Split',
      'unequally since opset 18',
      { inputs: [[5]], attributes: { num_outputs: 2 }, outputs: 2, opset: 18 },
      ['float32[3]', 'float32[2]'],
    ],
    [
      'Split',
      'attribute',
      { inputs: [['n', 6]], attributes: { axis: 1, split: [2, 4] }, outputs: 2, opset: 11 },
      ['float32[n, 2]', 'float32[n, 4]'],
    ],
    [
      'Split',
      'input',
      { inputs: [['n', 6], ints(1, 5)], attributes: { axis: 1 }, outputs: 2 },
      ['float32[n, 1]', 'float32[n, 5]'],
    ],
    [
      'Slice',
      'attributes',
      { inputs: [['n', 9]], attributes: { starts: [1], ends: [-1], axes: [1] }, opset: 9 },
      ['float32[n, 7]'],
    ],
    [
      'Slice',
      'all of a symbol',
      { inputs: [['n', 9], ints(0), ints(2 ** 62), ints(0)] },
      ['float32[n, 9]'],
    ],
    [
      'Slice',
      'a symbol in reverse',
      { inputs: [['n'], ints(-1), ints(-(2 ** 62)), ints(0), ints(-1)] },
      ['float32[n]'],
    ],
    [
      'Slice',
      'part of a symbol',
      { inputs: [['n', 9], ints(1), ints(3), ints(0)] },
      ['float32[?, 9]'],
    ],
    [
      'Slice',
      'unknown bounds',
      { inputs: [['n', 9], { dtype: 'int64', shape: [1] }, ints(3), ints(1)] },
      ['float32[n, ?]'],
    ],
    [
      'Slice',
      'unknown axes',
      { inputs: [['n', 9], ints(0), ints(3), { dtype: 'int64', shape: [1] }] },
      ['float32[?, ?]'],
    ],
    [
      'Gather',
      'replaces an axis',
      { inputs: [['n', 9, 2], { dtype: 'int64', shape: ['k', 3] }], attributes: { axis: 1 } },
      ['float32[n, k, 3, 2]'],
    ],
    [
      'GatherND',
      'replaces the first axes',
      {
        inputs: [['n', 9, 2], { dtype: 'int64', shape: ['n', 5, 1] }],
        attributes: { batch_dims: 1 },
      },
      ['float32[n, 5, 2]'],
    ],
    [
      'ScatterND',
      'is like its data',
      { inputs: [['n', 9], { dtype: 'int64', shape: [1, 2] }, [1]] },
      ['float32[n, 9]'],
    ],
  ],
  extent: [
    [
      'Pad',
      'attribute',
      { inputs: [['n', 3]], attributes: { pads: [0, 1, 0, 2] }, opset: 10 },
      ['float32[n, 6]'],
    ],
    [
      'Pad',
      'some axes',
      { inputs: [['n', 3], ints(1, 2), null, ints(-1)], opset: 18 },
      ['float32[n, 6]'],
    ],
    [
      'Pad',
      'unknown pads',
      { inputs: [['n', 3], { dtype: 'int64', shape: [4] }] },
      ['float32[?, ?]'],
    ],
    ['Tile', 'repeats', { inputs: [['n', 3], ints(1, 2)] }, ['float32[n, 6]']],
    ['Expand', 'broadcasts both ways', { inputs: [['n', 1], ints(4, 1, 3)] }, ['float32[4, n, 3]']],
    [
      'Expand',
      'to a shape nobody knows',
      { inputs: [[3, 1], { dtype: 'int64', shape: [2] }] },
      ['float32[3, ?]'],
    ],
    [
      'Resize',
      'scales',
      { inputs: [['n', 3, 5], null, Tensor.fromNumbers('float32', [3], [1, 1, 1.5])] },
      ['float32[n, 3, 7]'],
    ],
    [
      'Resize',
      'opset 10',
      { inputs: [['n', 3], Tensor.fromNumbers('float32', [2], [1, 2])], opset: 10 },
      ['float32[n, 6]'],
    ],
    [
      'Resize',
      'an empty tensor stands for an omitted one',
      { inputs: [['n', 3], null, Tensor.fromNumbers('float32', [0], []), ints(2, 6)] },
      ['float32[2, 6]'],
    ],
    [
      'Upsample',
      'opset 7',
      { inputs: [['n', 3]], attributes: { scales: { kind: 'floats', value: [1, 2] } }, opset: 7 },
      ['float32[n, 6]'],
    ],
  ],
  selection: [
    [
      'TopK',
      'input',
      { inputs: [['n', 9], ints(4)], outputs: 2 },
      ['float32[n, 4]', 'int64[n, 4]'],
    ],
    [
      'TopK',
      'attribute',
      { inputs: [['n', 9]], attributes: { k: 4 }, outputs: 2, opset: 9 },
      ['float32[n, 4]', 'int64[n, 4]'],
    ],
    [
      'OneHot',
      'inserts the depth',
      { inputs: [['n'], ints(7), { dtype: 'int8', shape: [2] }] },
      ['int8[n, 7]'],
    ],
    ['NonZero', 'knows the rank', { inputs: [['n', 3]] }, ['int64[2, ?]']],
  ],
  others: [
    [
      'ConstantOfShape',
      'takes the type of the value',
      { inputs: [ints(2, 3)], attributes: { value: ints(1) } },
      ['int64[2, 3]'],
    ],
    ['ConstantOfShape', 'defaults to float', { inputs: [ints()] }, ['float32[]']],
    ['Shape', 'of unknown rank', { inputs: [unknown] }, ['int64[?]']],
    ['EyeLike', 'takes a type', { inputs: [['n', 3]], attributes: { dtype: 7 } }, ['int64[n, 3]']],
    [
      'QuantizeLinear',
      'has the type of the zero point',
      { inputs: [['n'], [], { dtype: 'int8', shape: [] }] },
      ['int8[n]'],
    ],
    ['QuantizeLinear', 'defaults to uint8', { inputs: [['n'], []] }, ['uint8[n]']],
    [
      'DequantizeLinear',
      'has the type of the scale',
      { inputs: [{ dtype: 'int8', shape: ['n'] }, []] },
      ['float32[n]'],
    ],
    [
      'LSTM',
      'both directions',
      {
        inputs: [
          ['t', 'n', 5],
          [2, 12, 5],
          [2, 12, 3],
        ],
        attributes: { direction: 'bidirectional' },
        outputs: 3,
      },
      ['float32[t, 2, n, 3]', 'float32[2, n, 3]', 'float32[2, n, 3]'],
    ],
    [
      'GRU',
      'batch first',
      {
        inputs: [
          ['n', 't', 5],
          [1, 9, 5],
          [1, 9, 3],
        ],
        attributes: { layout: 1, hidden_size: 3 },
        outputs: 2,
      },
      ['float32[n, t, 1, 3]', 'float32[n, 1, 3]'],
    ],
    [
      'RandomNormal',
      'has a shape',
      { inputs: [], attributes: { shape: [2, 3], mean: float(0) } },
      ['float32[2, 3]'],
    ],
    [
      'RandomUniformLike',
      'has a type',
      { inputs: [{ dtype: 'int64', shape: ['n'] }], attributes: { dtype: 1 } },
      ['float32[n]'],
    ],
    ['Softmax', 'keeps the shape', { inputs: [['n', 3]] }, ['float32[n, 3]']],
  ],
};

for (const [family, rows] of Object.entries(families)) {
  describe(family, () => {
    it.each(rows)('%s: %s', (opType, _what, given, expected) => {
      expect(infer(opType, { outputs: expected.length, ...given })).toEqual(expected);
    });
  });
}
