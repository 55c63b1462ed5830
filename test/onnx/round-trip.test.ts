import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  float,
  GraphBuilder,
  type Model,
  Node,
  printGraph,
  string,
  tensor,
  Value,
} from '../../src/ir/index.js';
import { decodeModel, encodeModel } from '../../src/onnx/index.js';
import { int64ToNumber, numberToInt64 } from '../../src/onnx/numbers.js';
import {
  type GraphProto,
  type Message,
  type MessageName,
  type ModelProto,
  schema,
} from '../../src/onnx/schema.js';
import { changed } from '../../src/onnx/wire.js';
import { type DataType, Tensor } from '../../src/tensor/index.js';
import {
  encode,
  entry,
  modelBytes,
  modelOf,
  node,
  parseModel,
  rawTensor,
  reluGraph,
  unknownField,
  utf8,
  valueInfo,
  weightGraph,
} from './protos.js';

const dtypes: readonly DataType[] = [
  'float32',
  'float64',
  'float16',
  'bfloat16',
  'int8',
  'uint64',
  'bool',
];

/** Chains and joins of nodes with all kinds of attributes and constants of all types. */
const randomModel: fc.Arbitrary<Model> = fc
  .array(fc.tuple(fc.nat(), fc.nat(), fc.nat(dtypes.length - 1), fc.nat(3)), { maxLength: 12 })
  .map((steps) => {
    const b = new GraphBuilder();
    const values = [b.input('x', ['N', 3, null]), b.input('z', [])];
    for (const [i, j, dtype, kind] of steps) {
      const pick = (index: number): Value => values[index % values.length] as Value;
      const constant = Tensor.fromNumbers(dtypes[dtype] as DataType, [2], [1, 0]);
      const attributes = [
        {},
        { axis: -1, alpha: float(1), mode: 'linear' },
        { pads: [0, 1], value: constant },
        { names: { kind: 'strings', value: ['a', 'ä'] }, scales: { kind: 'floats', value: [0.5] } },
      ] as const;
      const inputs = kind === 1 ? [pick(i), null, pick(j)] : [pick(i), b.constant(constant)];
      values.push(
        ...b.ops(`Op${kind}`, inputs, 1 + (kind % 2), attributes[kind], {
          domain: kind === 2 ? 'my' : '',
        }),
      );
    }
    b.output(values.at(-1) as Value);
    const model = b.model();
    model.metadata.set('key', 'value');
    model.opsets.set('my', 1);
    return model;
  });

/** Adds unknown fields and, where the schema has them, doc strings and metadata to a message and all below it. */
function decorate<T extends MessageName>(name: T, message: Message<T>): Message<T> {
  const fields: Record<string, readonly [number, string]> = schema[name];
  const copy: Record<string, unknown> = { ...message };
  for (const [field, value] of Object.entries(message)) {
    const type = (fields[field]?.[1] ?? '').replace('*', '') as MessageName;
    if (!(type in schema)) continue;
    const one = (item: unknown): unknown => decorate(type, item as Message<MessageName>);
    copy[field] = Array.isArray(value) ? value.map(one) : one(value);
  }
  copy.$unknowns = [unknownField(1234, utf8(name)), unknownField(1999, new Uint8Array())];
  if ('doc_string' in fields) copy.doc_string = Uint8Array.of(0xff, 1, 2);
  if ('metadata_props' in fields) copy.metadata_props = [entry('k', 'v'), entry('k', 'w')];
  if ('denotation' in fields) copy.denotation = utf8('IMAGE');
  return copy as Message<T>;
}

const same = (a: Uint8Array, b: Uint8Array): void => expect(Buffer.compare(a, b)).toBe(0);

describe('models from the builder', () => {
  it('read as what was built', () => {
    const property = fc.property(randomModel, (model) => {
      const bytes = encodeModel(model);
      const copy = decodeModel(bytes);
      expect(printGraph(copy)).toBe(printGraph(model));
      expect(copy.metadata).toEqual(model.metadata);
      same(encodeModel(copy), bytes);
    });
    fc.assert(property);
  });

  it('with anything added that the IR does not know come back to the byte', () => {
    const property = fc.property(randomModel, (model) => {
      const bytes = encode('ModelProto', decorate('ModelProto', parseModel(encodeModel(model))));
      same(encodeModel(decodeModel(bytes)), bytes);
    });
    fc.assert(property, { numRuns: 50 });
  });
});

describe('everything that ONNX has', () => {
  const sparse = {
    values: rawTensor('sparse', [5]),
    indices: { data_type: 7, dims: [numberToInt64(1)], int64_data: [Uint8Array.of(3)] },
    dims: [numberToInt64(9)],
  };
  const sequence = { sequence_type: { elem_type: { tensor_type: { elem_type: 1 } } } };
  const graph: GraphProto = {
    name: 'g',
    node: [
      node('F', ['x', 'w', 'sparse', 'future'], ['h', '', 'seq'], {
        name: 'n',
        domain: 'my',
        overload: 'o',
        attribute: [
          { name: 'big', type: 7, ints: [{ low: -1, high: 0x7fffffff, unsigned: false }] },
          { name: 'nan', type: 1, f: 0x7fa00001 },
          { name: 'bytes', type: 3, s: Uint8Array.of(0xff, 0xfe) },
          { name: 'zero', type: 2, i: numberToInt64(0) },
          { name: 'type', type: 13, tp: sequence },
          { name: 'sparse', type: 11, sparse_tensor: sparse },
          { name: 'untyped', i: numberToInt64(4) },
        ],
        device_configurations: [
          {
            configuration_id: utf8('c'),
            sharding_spec: [
              {
                tensor_name: utf8('x'),
                device: [numberToInt64(0), numberToInt64(-1)],
                index_to_device_group_map: [{ key: numberToInt64(-1), value: [numberToInt64(1)] }],
                sharded_dim: [
                  {
                    axis: numberToInt64(0),
                    simple_sharding: [{ dim_param: utf8('N'), num_shards: numberToInt64(2) }],
                  },
                ],
              },
            ],
            pipeline_stage: 1,
          },
        ],
      }),
      node('Relu', ['h'], ['y'], { domain: 'ai.onnx' }),
    ],
    initializer: [
      { ...rawTensor('w', [1]), metadata_props: [entry('a', 'b')] },
      {
        name: 'typed',
        data_type: 1,
        dims: [numberToInt64(1)],
        float_data: [Uint8Array.of(1, 0, 160, 127)],
      },
      { name: 'text', data_type: 8, dims: [numberToInt64(1)], string_data: [Uint8Array.of(0xff)] },
      {
        name: 'future',
        data_type: 99,
        raw_data: Uint8Array.of(1),
      },
    ],
    sparse_initializer: [sparse],
    input: [
      valueInfo('x'),
      {
        name: 'huge',
        type: {
          tensor_type: {
            elem_type: 1,
            shape: { dim: [{ dim_value: { low: 1, high: 0x7fffffff, unsigned: false } }] },
          },
        },
      },
      { name: 'opaque', type: { opaque_type: { domain: utf8('d'), name: utf8('n') } } },
    ],
    output: [valueInfo('y'), { name: 'seq', type: sequence }],
    value_info: [valueInfo('h'), valueInfo('stale')],
    quantization_annotation: [
      { tensor_name: 'h', quant_parameter_tensor_names: [entry('SCALE_TENSOR', 'w')] },
    ],
  };
  const model: ModelProto = modelOf(graph, {
    ir_version: numberToInt64(13),
    opset_import: [
      { version: numberToInt64(25) },
      { domain: 'ai.onnx', version: numberToInt64(25) },
      { domain: 'my', version: numberToInt64(1) },
    ],
    domain: utf8('org'),
    model_version: { low: 1, high: 0x7fffffff, unsigned: false },
    doc_string: Uint8Array.of(0xff),
    metadata_props: [entry('a', '1'), entry('a', '2')],
    training_info: [
      { initialization: reluGraph(), algorithm: reluGraph(), update_binding: [entry('w', 'y')] },
    ],
    functions: [
      {
        name: 'F',
        domain: 'my',
        overload: 'o',
        input: ['a'],
        output: ['b'],
        attribute: ['p'],
        attribute_proto: [{ name: 'q', type: 2, i: numberToInt64(1) }],
        node: [
          node('Elu', ['a'], ['b'], {
            attribute: [{ name: 'alpha', type: 1, ref_attr_name: 'p' }],
          }),
        ],
        opset_import: [{ domain: '', version: numberToInt64(17) }],
        value_info: [valueInfo('b')],
      },
    ],
    configuration: [{ name: utf8('c'), num_devices: 2, device: [utf8('cpu'), utf8('gpu')] }],
  });
  const bytes = encode('ModelProto', model);

  it('comes back to the byte', () => {
    same(encodeModel(decodeModel(bytes)), bytes);
    const decorated = encode('ModelProto', decorate('ModelProto', model));
    same(encodeModel(decodeModel(decorated)), decorated);
  });

  it('the control: a change is seen', () => {
    const copy = decodeModel(bytes);
    copy.graph.nodes[0]?.setInput(0, null);
    expect(Buffer.compare(encodeModel(copy), bytes)).not.toBe(0);
  });

  it('and survives a change elsewhere', () => {
    const copy = decodeModel(bytes);
    const [first] = copy.graph.nodes;
    first?.attributes.set('new', string('s'));
    first?.attributes.delete('untyped');
    copy.metadata.set('added', 'x');
    copy.opsets.set('my', 2);
    const message = parseModel(encodeModel(copy));
    const attributes = message.graph?.node?.[0]?.attribute;
    expect(attributes).toEqual([
      ...(graph.node?.[0]?.attribute?.slice(0, 6) ?? []).map((a) =>
        expect.objectContaining({ name: a.name }),
      ),
      { name: 'new', type: 3, s: utf8('s') },
    ]);
    expect(message.metadata_props).toEqual([...(model.metadata_props ?? []), entry('added', 'x')]);
    expect(
      message.opset_import?.map(({ version }) => int64ToNumber(version ?? numberToInt64(0))),
    ).toEqual([25, 25, 2]);
    expect(message.functions).toEqual(parseModel(bytes).functions);
    expect(message.training_info).toEqual(parseModel(bytes).training_info);
    expect(message.graph?.sparse_initializer).toEqual(parseModel(bytes).graph?.sparse_initializer);
  });
});

describe('changes of the IR', () => {
  const twoNodes: GraphProto = {
    ...weightGraph(rawTensor('w', [1, 2])),
    node: [node('Add', ['x', 'w'], ['h']), node('Relu', ['h'], ['y'], { doc_string: utf8('doc') })],
    value_info: [changed(valueInfo('h'), { doc_string: utf8('about h') })],
  };

  it('renaming a value renames it everywhere', () => {
    const model = decodeModel(modelBytes(twoNodes));
    for (const { results } of model.graph.nodes) for (const value of results) value.name += '!';
    for (const value of model.graph.initializers) value.name += '!';
    const { graph } = parseModel(encodeModel(model));
    expect(graph?.node?.map(({ input, output }) => [input, output])).toEqual([
      [['x', 'w!'], ['h!']],
      [['h!'], ['y!']],
    ]);
    expect(graph?.initializer?.[0]?.name).toBe('w!');
    expect(graph?.output?.[0]?.name).toBe('y!');
    expect(graph?.value_info).toEqual([
      expect.objectContaining({ name: 'h!', doc_string: utf8('about h') }),
    ]);
  });

  it('what is removed takes its declarations along; what is new declares its type', () => {
    const model = decodeModel(modelBytes(twoNodes));
    const { graph } = model;
    const [add, relu] = graph.nodes as [Node, Node];
    const middle = new Value(graph.uniqueName('h'), { dtype: 'float32', shape: [2, 'M', null] });
    const first = new Node('Neg', [graph.inputs[0] as Value], [middle]);
    const second = new Node('Abs', [middle], relu.outputs);
    graph.rewrite(new Set([add, relu]), new Map([[relu, [first, second]]]));
    graph.pruneInitializers();
    const message = parseModel(encodeModel(model)).graph;
    expect(message?.initializer ?? []).toEqual([]);
    expect(message?.node?.map(({ op_type }) => op_type)).toEqual(['Neg', 'Abs']);
    expect(message?.value_info).toEqual([
      {
        name: 'h_1',
        type: {
          tensor_type: {
            elem_type: 1,
            shape: { dim: [expect.objectContaining({}), { dim_param: 'M' }, {}] },
          },
        },
      },
    ]);
    expect(message?.output).toEqual(parseModel(modelBytes(twoNodes)).graph?.output);
  });

  it('a new type replaces the declared one, its denotation stays', () => {
    const input = changed(valueInfo('x'), {
      type: { ...valueInfo('x').type, denotation: utf8('TENSOR') },
    });
    const model = decodeModel(modelBytes({ ...twoNodes, input: [input] }));
    const [x] = model.graph.inputs as [Value];
    x.type = { dtype: 'float16', shape: null };
    expect(parseModel(encodeModel(model)).graph?.input).toEqual([
      { name: 'x', type: { denotation: utf8('TENSOR'), tensor_type: { elem_type: 10 } } },
    ]);
  });

  it('a subgraph that changes is written anew', () => {
    const attribute = [{ name: 'then_branch', type: 5, g: reluGraph({ input: [] }) }];
    const model = decodeModel(
      modelBytes(
        reluGraph({ node: [node('If', ['x'], ['z'], { attribute })], output: [valueInfo('z')] }),
      ),
    );
    const [inner] = model.graph.nodes[0]?.subgraphs ?? [];
    const [relu] = inner?.nodes ?? [];
    relu?.attributes.set('alpha', float(2));
    relu?.attributes.set('t', tensor(Tensor.scalar('float32', 1)));
    const copy = parseModel(encodeModel(model)).graph?.node?.[0]?.attribute?.[0]?.g?.node?.[0];
    expect(copy?.attribute?.map(({ name, type }) => [name, type])).toEqual([
      ['alpha', 1],
      ['t', 4],
    ]);
  });

  it('a function that was removed is gone', () => {
    const functions = [{ name: 'F' }, { name: 'G' }];
    const model = decodeModel(modelBytes(reluGraph(), { functions }));
    model.functions.shift();
    model.irVersion = 9;
    const message = parseModel(encodeModel(model));
    expect(message.functions?.map(({ name }) => name)).toEqual(['G']);
    expect(int64ToNumber(message.ir_version ?? numberToInt64(0))).toBe(9);
  });
});
