import { GraphBuilder } from '../../src/ir/index.js';
import { encodeModel } from '../../src/onnx/index.js';
import { numberToInt64 } from '../../src/onnx/numbers.js';
import type { GraphProto } from '../../src/onnx/schema.js';
import { normal, Tensor } from '../../src/tensor/index.js';
import { entry, modelBytes, node, rawTensor, reluGraph, utf8, valueInfo } from '../onnx/protos.js';

/** A small RepVGG block: Relu(bn(conv3x3(x)) + bn(conv1x1(x)) + bn(x)). */
function branched(): Uint8Array {
  const next = normal(1);
  const b = new GraphBuilder();
  const x = b.input('x', ['N', 2, 4, 4]);
  const floats = (dims: readonly number[], offset = 0) =>
    b.constant(
      Tensor.fromNumbers(
        'float32',
        dims,
        Array.from({ length: dims.reduce((a, d) => a * d, 1) }, () => offset + 0.1 * next()),
      ),
      'w',
    );
  const normalized = (value: typeof x) =>
    b.op('BatchNormalization', [value, floats([2], 1), floats([2]), floats([2]), floats([2], 1)]);
  const dense = b.op('Conv', [x, floats([2, 2, 3, 3])], { pads: [1, 1, 1, 1], group: 1 });
  const point = b.op('Conv', [x, floats([2, 2, 1, 1]), floats([2])], { strides: [1, 1] });
  const sum = b.op('Add', [b.op('Add', [normalized(dense), normalized(point)]), normalized(x)]);
  b.output(b.op('Relu', [sum]));
  return encodeModel(b.model());
}

const branch = (name: string): GraphProto => ({
  name,
  node: [node('Add', ['a', 'typed'], [`${name}_s`]), node('Relu', [`${name}_s`], [`${name}_r`])],
  initializer: [rawTensor(`${name}_w`, [1, 2])],
  output: [valueInfo(`${name}_r`)],
});

/** Subgraphs, typed data, strings, sparse and external tensors, functions, training information and unknown types. */
function everything(): Uint8Array {
  const attribute = [
    { name: 'then_branch', type: 5, g: branch('then') },
    { name: 'else_branch', type: 5, g: branch('else') },
  ];
  const one = [numberToInt64(1)];
  return modelBytes(
    {
      name: 'g',
      node: [
        node('Abs', ['x'], ['a'], { doc_string: utf8('doc') }),
        node('If', ['c'], ['h'], { name: 'if', attribute }),
        node('F', ['h', '', 'sparse', 'future'], ['f', ''], {
          domain: 'my',
          attribute: [
            { name: 'ints', type: 7, ints: [numberToInt64(-1), numberToInt64(2 ** 62)] },
            { name: 'floats', type: 6, floats: [0x7fc00000, 0] },
            { name: 'strings', type: 8, strings: [utf8('s')] },
            { name: 'tensor', type: 4, t: rawTensor('', [1, 2, 3]) },
          ],
        }),
        node('Conv', ['f', 'kernel'], ['y'], {
          attribute: [{ name: 'pads', type: 7, ints: Array(4).fill(numberToInt64(1)) }],
        }),
      ],
      initializer: [
        { name: 'typed', data_type: 7, dims: one, int64_data: [Uint8Array.of(0x80, 1)] },
        { name: 'text', data_type: 8, dims: one, string_data: [utf8('text')] },
        {
          name: 'kernel',
          data_type: 10,
          dims: [2, 2, 1, 1].map(numberToInt64),
          raw_data: new Uint8Array(8),
        },
        {
          name: 'outside',
          data_type: 1,
          dims: one,
          data_location: 1,
          external_data: [entry('location', 'w.bin')],
        },
        { name: 'future', data_type: 77, dims: one, raw_data: Uint8Array.of(1) },
      ],
      sparse_initializer: [
        { values: rawTensor('sparse', [1]), indices: rawTensor('', [1]), dims: [numberToInt64(5)] },
      ],
      input: [
        valueInfo('x', [1, 2, 4, 4]),
        { name: 'c', type: { tensor_type: { elem_type: 9, shape: {} } } },
      ],
      output: [valueInfo('y', [1, 2, 6, 6])],
      value_info: [valueInfo('a', [1, 2, 4, 4]), valueInfo('stale')],
    },
    {
      opset_import: [
        { domain: '', version: numberToInt64(17) },
        { domain: 'my', version: numberToInt64(1) },
      ],
      functions: [
        {
          name: 'F',
          domain: 'my',
          input: ['p'],
          output: ['q'],
          node: [node('Relu', ['p'], ['q'])],
        },
      ],
      training_info: [{ initialization: reluGraph(), update_binding: [entry('typed', 'y')] }],
      metadata_props: [entry('k', 'v')],
    },
  );
}

/** Small valid models that hold, between them, every kind of message. */
export const seedModels = (): Uint8Array[] => [branched(), everything()];
