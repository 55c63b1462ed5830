import { describe, expect, it } from 'vitest';
import { ReparamError } from '../../src/errors.js';
import { concatenate } from '../../src/onnx/elements.js';
import { decodeModel } from '../../src/onnx/index.js';
import { numberToInt64 } from '../../src/onnx/numbers.js';
import type { GraphProto, TensorProto } from '../../src/onnx/schema.js';
import {
  encode,
  modelBytes,
  modelOf,
  node,
  rawTensor,
  reluGraph,
  utf8,
  valueInfo,
  weightGraph,
} from './protos.js';

function errorOf(bytes: Uint8Array): string {
  try {
    decodeModel(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(ReparamError);
    expect((error as ReparamError).code).toBe('input');
    return (error as Error).message;
  }
  return 'no error';
}

const errorOfGraph = (graph: GraphProto): string => errorOf(modelBytes(graph));
const errorOfWeight = (weight: TensorProto): string => errorOfGraph(weightGraph(weight));
const dims = (...lengths: number[]) => lengths.map(numberToInt64);

it('the models that the cases below spoil are fine', () => {
  expect(errorOfGraph(reluGraph())).toBe('no error');
  expect(errorOfWeight(rawTensor('w', [1, 2]))).toBe('no error');
});

describe('files that are no ONNX model', () => {
  it.each([
    ['an empty file', [], 'the model is empty'],
    ['a PNG image', [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10], 'is a PNG image, not an ONNX model'],
    ['a ZIP archive', [...utf8('PK\x03\x04')], 'a ZIP archive, such as a PyTorch checkpoint'],
    ['an HTML page', [...utf8('\n<!DOCTYPE html><html>404</html>')], 'is an HTML page'],
    ['a text file', [...utf8('import torch\n')], 'is a text file'],
    [
      'a Git LFS pointer',
      [...utf8('version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n')],
      'is a Git LFS pointer, not the file it stands for, not an ONNX model',
    ],
    ['an ORT model', [40, 0, 0, 0, ...utf8('ORTM'), 0, 0], 'is an onnxruntime (ORT) model'],
    ['noise', [7, 7, 7, 7], 'is damaged, or not an ONNX model'],
  ])('%s', (_, bytes, message) => {
    expect(errorOf(Uint8Array.from(bytes))).toContain(message);
  });

  it('names the file', () => {
    expect(() => decodeModel(new Uint8Array(), { source: 'a.onnx' })).toThrow('a.onnx is empty');
  });
});

describe('files that are cut or damaged', () => {
  const bytes = modelBytes(weightGraph(rawTensor('w', [1, 2])));

  it('every truncation is refused', () => {
    for (let length = 1; length < bytes.length; length++) {
      const message = errorOf(bytes.subarray(0, length));
      expect(message).not.toBe('no error');
    }
    expect(errorOf(bytes.subarray(0, bytes.length - 3))).toContain('is truncated');
  });

  it('a name that is not UTF-8', () => {
    const name = bytes.indexOf(120); // 'x'
    expect(errorOf(bytes.with(name, 0xff))).toBe('the model holds a name that is not UTF-8 text');
  });

  it('graphs in graphs in graphs', () => {
    const around = (g: GraphProto): GraphProto =>
      reluGraph({ node: [node('If', ['x'], ['y'], { attribute: [{ name: 'g', type: 5, g }] })] });
    let graph = reluGraph();
    for (let depth = 0; depth < 31; depth++) graph = around(graph);
    expect(errorOfGraph(graph)).toBe('no error');
    // Deeper ones must be put together by hand: they are too deep to be written, too.
    expect(() => modelBytes(around(graph))).toThrow(
      'the model is nested more than 100 levels deep',
    );
    const attribute = concatenate([
      encode('AttributeProto', { name: 'g', type: 5 }),
      field(6, encode('GraphProto', graph)),
    ]);
    const outer = field(
      1,
      concatenate([encode('NodeProto', { op_type: 'If' }), field(5, attribute)]),
    );
    expect(errorOf(field(7, outer))).toBe('the model is nested more than 100 levels deep');
  });

  it('groups in groups', () => {
    expect(errorOf(new Uint8Array(100_000).fill(0x0b))).toBe(
      'the model is nested more than 100 levels deep',
    );
  });
});

/** A length-delimited field. */
function field(number: number, value: Uint8Array): Uint8Array {
  const length: number[] = [];
  for (let rest = value.length; length.length === 0 || rest > 0; rest >>>= 7)
    length.push((rest & 127) | 128);
  length.push((length.pop() ?? 0) & 127);
  return concatenate([Uint8Array.from([number * 8 + 2, ...length]), value]);
}

describe('models without what they need', () => {
  it('no graph', () => {
    expect(errorOf(encode('ModelProto', { ir_version: numberToInt64(8) }))).toBe(
      'the model holds no graph',
    );
  });
  it('an empty graph', () => {
    expect(errorOfGraph({ name: 'g' })).toBe('the graph of the model is empty');
  });
  it('no ir_version', () => {
    const { ir_version: _, ...rest } = modelOf(reluGraph());
    expect(errorOf(encode('ModelProto', rest))).toBe('the model has no ir_version');
  });
  it('no operator set', () => {
    expect(errorOf(modelBytes(reluGraph(), { opset_import: [] }))).toContain(
      'which version of the ONNX operator set',
    );
    const old = { opset_import: [], ir_version: numberToInt64(2) };
    expect(errorOf(modelBytes(reluGraph(), old))).toBe('no error');
    const foreign = reluGraph({ node: [node('Relu', ['x'], ['y'], { domain: 'my' })] });
    expect(errorOf(modelBytes(foreign, { opset_import: [] }))).toBe('no error');
  });
  it('two operator sets of one domain', () => {
    const opset_import = [
      { domain: '', version: numberToInt64(17) },
      { domain: 'ai.onnx', version: numberToInt64(18) },
    ];
    expect(errorOf(modelBytes(reluGraph(), { opset_import }))).toContain(
      "two versions of the operator set ''",
    );
  });
  it('a node without operator', () => {
    expect(errorOfGraph(reluGraph({ node: [node('', ['x'], ['y'])] }))).toContain(
      'names no operator',
    );
  });
});

describe('graphs that do not hang together', () => {
  it('an input that nothing produces', () => {
    const graph = reluGraph({ node: [node('Add', ['x', 'missing'], ['y'], { name: 'sum' })] });
    expect(errorOfGraph(graph)).toBe("Add 'sum' reads 'missing', which nothing produces");
  });
  it('an output that nothing produces', () => {
    const graph = reluGraph({ output: [valueInfo('z')] });
    expect(errorOfGraph(graph)).toContain("reads 'z', which nothing produces");
  });
  it('a cycle', () => {
    const nodes = [
      node('Relu', ['d'], ['y']),
      node('Add', ['x', 'c'], ['a'], { name: 'first' }),
      node('Relu', ['a'], ['b']),
      node('Relu', ['b'], ['c']),
      node('Relu', ['c'], ['d']),
    ];
    expect(errorOfGraph(reluGraph({ node: nodes }))).toMatch(
      /has a cycle through (Add 'first'|Relu '[bc]')$/,
    );
  });
  it('a node that reads its own result, or whose subgraph does', () => {
    expect(errorOfGraph(reluGraph({ node: [node('Add', ['x', 'y'], ['y'])] }))).toContain(
      'has a cycle',
    );
    const branch: GraphProto = {
      name: 'b',
      node: [node('Relu', ['y'], ['z'])],
      output: [valueInfo('z')],
    };
    const self = node('If', ['x'], ['y'], {
      attribute: [{ name: 'then_branch', type: 5, g: branch }],
    });
    expect(errorOfGraph(reluGraph({ node: [self] }))).toContain("has a cycle through If 'y'");
  });
  it.each([
    [
      'two nodes',
      reluGraph({ node: [node('Relu', ['x'], ['y']), node('Abs', ['x'], ['y'])] }),
      'y',
    ],
    ['two inputs', reluGraph({ input: [valueInfo('x'), valueInfo('x')] }), 'x'],
    [
      'an input and a node',
      reluGraph({ node: [node('Relu', ['y'], ['y'])], input: [valueInfo('y')] }),
      'y',
    ],
    [
      'two initializers',
      reluGraph({ initializer: [rawTensor('w', [1]), rawTensor('w', [1])] }),
      'w',
    ],
    ['one node', reluGraph({ node: [node('Split', ['x'], ['y', 'y'])] }), 'y'],
  ])('a name defined twice by %s', (_, graph, name) => {
    expect(errorOfGraph(graph)).toBe(`the value name '${name}' is defined twice in graph 'g'`);
  });
  it('an initializer without a name', () => {
    expect(errorOfGraph(reluGraph({ initializer: [rawTensor('', [1])] }))).toContain('has no name');
  });
  it('an attribute given twice', () => {
    const attribute = { name: 'alpha', type: 1, f: 0 };
    const graph = reluGraph({
      node: [node('Elu', ['x'], ['y'], { attribute: [attribute, attribute] })],
    });
    expect(errorOfGraph(graph)).toBe("Elu 'y' has the attribute 'alpha' twice");
  });
  it.each([4, 5])('an attribute of type %i without its value', (type) => {
    const graph = reluGraph({
      node: [node('F', ['x'], ['y'], { attribute: [{ name: 'a', type }] })],
    });
    expect(errorOfGraph(graph)).toContain("attribute 'a' of F 'y' has no value");
  });
});

describe('tensors that cannot be', () => {
  const bytes = (length: number) => new Uint8Array(length);
  const packed = (length: number) => [new Uint8Array(length)];
  it.each<[string, TensorProto, string]>([
    [
      'too few bytes',
      { data_type: 1, dims: dims(2, 3), raw_data: bytes(20) },
      "initializer 'w' of type float32 and dims [2, 3] needs 24 bytes but holds 20",
    ],
    [
      'too many bytes',
      { data_type: 1, dims: dims(2), raw_data: bytes(12) },
      'needs 8 bytes but holds 12',
    ],
    ['no bytes', { data_type: 1, dims: dims(2) }, 'needs 8 bytes but holds 0'],
    [
      'too few floats',
      { data_type: 1, dims: dims(2), float_data: packed(4) },
      'needs 8 bytes but holds 4',
    ],
    [
      'too many ints',
      { data_type: 7, dims: dims(2), int64_data: packed(3) },
      'needs 16 bytes but holds 24',
    ],
    [
      'the wrong field',
      { data_type: 7, dims: dims(2), float_data: packed(16) },
      'needs 16 bytes but holds 0',
    ],
    [
      'too few strings',
      { data_type: 8, dims: dims(2), string_data: packed(1) },
      'needs 2 strings but holds 1',
    ],
    [
      'raw strings',
      { data_type: 8, dims: dims(1), raw_data: bytes(1) },
      'holds strings as raw bytes',
    ],
    [
      '2^40 elements',
      { data_type: 1, dims: dims(2 ** 20, 2 ** 20), raw_data: bytes(10) },
      'needs 4398046511104 bytes but holds 10',
    ],
    ['2^80 elements', { data_type: 1, dims: dims(2 ** 40, 2 ** 40) }, 'has the impossible dims'],
    [
      'overflow to NaN',
      { data_type: 1, dims: dims(...Array(33).fill(2 ** 62), 0) },
      'has the impossible dims',
    ],
    ['a negative length', { data_type: 1, dims: dims(2, -1) }, 'has a dimension of length -1'],
    [
      '65 dimensions',
      { data_type: 1, dims: dims(...Array(65).fill(1)), raw_data: bytes(4) },
      'has 65 dimensions',
    ],
  ])('%s', (_, weight, message) => {
    expect(errorOfWeight(weight)).toContain(message);
  });

  it('the same in an attribute', () => {
    const value = {
      name: 'value',
      type: 4,
      t: { data_type: 1, dims: dims(3), raw_data: bytes(1) },
    };
    const graph = reluGraph({ node: [node('Constant', [], ['y'], { attribute: [value] })] });
    expect(errorOfGraph(graph)).toContain("attribute 'value' of Constant 'y' of type float32");
  });
});
