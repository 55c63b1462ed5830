import { describe, expect, it } from 'vitest';
import type { Graph, Node, Value } from '../../src/ir/index.js';
import { decodeModel, encodeModel } from '../../src/onnx/index.js';
import { numberToInt64 } from '../../src/onnx/numbers.js';
import type { AttributeProto, GraphProto, ModelProto, TypeProto } from '../../src/onnx/schema.js';
import {
  entry,
  modelBytes,
  node,
  parseModel,
  rawTensor,
  reluGraph,
  utf8,
  valueInfo,
  weightGraph,
} from './protos.js';

const graphOf = (graph: GraphProto, rest: ModelProto = {}): Graph =>
  decodeModel(modelBytes(graph, rest)).graph;

const valueNamed = (graph: Graph, name: string): Value =>
  [...graph.inputs, ...graph.initializers, ...graph.nodes.flatMap(({ results }) => results)].find(
    (value) => value.name === name,
  ) as Value;

/** The node `y = F(x)` with these attributes. */
function attributesOf(attribute: readonly AttributeProto[]): Node['attributes'] {
  const graph = graphOf(reluGraph({ node: [node('F', ['x'], ['y'], { attribute })] }));
  return graph.nodes[0]?.attributes ?? new Map();
}

describe('models', () => {
  it('header', () => {
    const model = decodeModel(
      modelBytes(reluGraph(), {
        producer_name: 'p',
        producer_version: '1',
        metadata_props: [entry('a', 'ä'), entry('b', '')],
        opset_import: [
          { domain: 'ai.onnx', version: numberToInt64(17) },
          { domain: 'my', version: numberToInt64(2) },
        ],
        functions: [{ domain: 'my', name: 'F', overload: 'o' }],
      }),
    );
    expect([model.irVersion, model.producerName, model.producerVersion]).toEqual([8, 'p', '1']);
    expect([...model.opsets]).toEqual([
      ['', 17],
      ['my', 2],
    ]);
    expect([...model.metadata]).toEqual([
      ['a', 'ä'],
      ['b', ''],
    ]);
    expect(model.functions).toEqual([{ domain: 'my', name: 'F', overload: 'o' }]);
  });

  it('weights are views of the file', () => {
    const bytes = modelBytes(weightGraph(rawTensor('w', [1, 2])));
    const [weight] = decodeModel(bytes).graph.initializers;
    expect(weight?.constant?.bytes.buffer).toBe(bytes.buffer);
    expect([...(weight?.constant?.toNumbers() ?? [])]).toEqual([1, 2]);
  });

  it('a view of a larger buffer is read from its own offset', () => {
    const bytes = modelBytes(weightGraph(rawTensor('w', [1, 2])));
    const inside = Buffer.concat([Buffer.alloc(7, 1), bytes, Buffer.alloc(9, 1)]).subarray(
      7,
      7 + bytes.length,
    );
    expect(Buffer.compare(encodeModel(decodeModel(inside)), bytes)).toBe(0);
  });
});

describe('types', () => {
  const typeOf = (type: TypeProto) => {
    const graph = graphOf(reluGraph({ input: [{ name: 'x', type }] }));
    return graph.inputs[0]?.type;
  };
  const elem_type = 10;

  it('a tensor with known, named, unknown and negative lengths', () => {
    const dim = [
      { dim_value: numberToInt64(3) },
      { dim_param: 'N' },
      {},
      { dim_param: '' },
      { dim_value: numberToInt64(-1) },
      { dim_value: numberToInt64(0) },
    ];
    const expected = { dtype: 'float16', shape: [3, 'N', null, null, null, 0] };
    expect(typeOf({ tensor_type: { elem_type, shape: { dim } } })).toEqual(expected);
  });

  it('a scalar and an unknown rank', () => {
    expect(typeOf({ tensor_type: { elem_type, shape: {} } })?.shape).toEqual([]);
    expect(typeOf({ tensor_type: { elem_type } })?.shape).toBeNull();
  });

  it('others have none', () => {
    const tensor = { tensor_type: { elem_type } };
    expect(typeOf({ sequence_type: { elem_type: tensor } })).toBeNull();
    expect(typeOf({ optional_type: { elem_type: tensor } })).toBeNull();
    expect(typeOf({ map_type: { key_type: 7, value_type: tensor } })).toBeNull();
    expect(typeOf({ sparse_tensor_type: { elem_type } })).toBeNull();
    expect(typeOf({ tensor_type: { elem_type: 99 } })).toBeNull();
    expect(typeOf({})).toBeNull();
  });

  it('of initializers come from their data, of results from value_info', () => {
    const weight = { ...rawTensor('w', [1, 2]), dims: [1, 2].map(numberToInt64) };
    const graph = graphOf({
      ...weightGraph(weight),
      node: [node('Add', ['x', 'w'], ['h']), node('Relu', ['h'], ['y'])],
      value_info: [valueInfo('h', [1, 2]), valueInfo('nobody', [9])],
    });
    expect(valueNamed(graph, 'w').type).toEqual({ dtype: 'float32', shape: [1, 2] });
    expect(valueNamed(graph, 'h').type).toEqual({ dtype: 'float32', shape: [1, 2] });
    expect(graph.uniqueName('nobody')).toBe('nobody_1');
  });

  it('an initializer that is an input too is one value', () => {
    const graph = graphOf({
      ...weightGraph(rawTensor('w', [1, 2])),
      input: [valueInfo('x'), valueInfo('w')],
    });
    expect(graph.inputs[1]).toBe([...graph.initializers][0]);
    expect(graph.inputs[1]?.constant?.size).toBe(2);
  });
});

describe('attributes', () => {
  const int = numberToInt64(-3);
  const bits = 0x3fc00000;
  const t = rawTensor('', [1]);

  it('of all kinds', () => {
    const attributes = attributesOf([
      { name: 'f', type: 1, f: bits },
      { name: 'i', type: 2, i: int },
      { name: 's', type: 3, s: utf8('ä') },
      { name: 't', type: 4, t },
      { name: 'g', type: 5, g: reluGraph() },
      { name: 'floats', type: 6, floats: [bits, 0] },
      { name: 'ints', type: 7, ints: [int] },
      { name: 'strings', type: 8, strings: [utf8('a')] },
      { name: 'tensors', type: 9, tensors: [t, t] },
      { name: 'graphs', type: 10, graphs: [reluGraph()] },
      { name: 'sparse', type: 11, sparse_tensor: {} },
      { name: 'type', type: 13, tp: {} },
      { name: 'ref', type: 2, ref_attr_name: 'outer' },
      { name: 'future', type: 77 },
      { name: 'future tensor', type: 4, t: { data_type: 77 } },
      { name: 'empty', type: 7 },
    ]);
    const simple = [...attributes].flatMap(([name, { kind, value }]) =>
      ['tensor', 'tensors', 'graph', 'graphs'].includes(kind) ? [] : [[name, kind, value]],
    );
    expect(simple).toEqual([
      ['f', 'float', 1.5],
      ['i', 'int', -3],
      ['s', 'string', 'ä'],
      ['floats', 'floats', [1.5, 0]],
      ['ints', 'ints', [-3]],
      ['strings', 'strings', ['a']],
      ['sparse', 'other', null],
      ['type', 'other', null],
      ['ref', 'other', null],
      ['future', 'other', null],
      ['future tensor', 'other', null],
      ['empty', 'ints', []],
    ]);
    expect(attributes.get('tensors')?.value).toHaveLength(2);
    expect(attributes.get('graphs')?.value).toHaveLength(1);
  });

  it('of files so old that they say no type', () => {
    const attributes = attributesOf([
      { name: 'i', i: int },
      { name: 'f', f: 0 },
      { name: 'ints', ints: [int] },
      { name: 't', t },
      { name: 'nothing' },
    ]);
    const kinds = [...attributes.values()].map(({ kind }) => kind);
    expect(kinds).toEqual(['int', 'float', 'ints', 'tensor', 'other']);
  });
});

describe('nodes', () => {
  it('left-out inputs and outputs are null', () => {
    const graph = graphOf(reluGraph({ node: [node('F', ['', 'x', ''], ['y', ''])] }));
    const [first] = graph.nodes;
    expect(first?.inputs.map((input) => input?.name ?? null)).toEqual([null, 'x', null]);
    expect(first?.outputs.map((output) => output?.name ?? null)).toEqual(['y', null]);
  });

  it('keep their order when it is valid, and are sorted otherwise', () => {
    const a = node('Relu', ['x'], ['a']);
    const b = node('Relu', ['x'], ['b']);
    const c = node('Add', ['a', 'b'], ['y']);
    const order = (nodes: GraphProto['node']) =>
      graphOf(reluGraph({ node: nodes })).nodes.map(({ results }) => results[0]?.name);
    expect(order([b, a, c])).toEqual(['b', 'a', 'y']);
    expect(order([c, b, a])).toEqual(['a', 'b', 'y']);
  });

  it('of 100,000 in reverse order are sorted too', () => {
    const nodes = Array.from({ length: 100_000 }, (_, i) =>
      node('Relu', [i === 0 ? 'x' : `v${i - 1}`], [i === 99_999 ? 'y' : `v${i}`]),
    );
    const graph = graphOf(reluGraph({ node: nodes.reverse() }));
    expect(graph.nodes[0]?.inputs[0]?.name).toBe('x');
  });
});

describe('subgraphs', () => {
  const branch: GraphProto = {
    name: 'branch',
    node: [node('Add', ['a', 'w'], ['s']), node('Relu', ['s'], ['r'])],
    initializer: [rawTensor('w', [1, 1])],
    output: [valueInfo('r')],
  };
  const attribute = [
    { name: 'then_branch', type: 5, g: branch },
    { name: 'else_branch', type: 5, g: branch },
  ];
  const nodes = [node('Abs', ['x'], ['a']), node('If', ['c'], ['y'], { attribute })];
  const graph: GraphProto = {
    name: 'g',
    input: [valueInfo('x'), valueInfo('c')],
    output: [valueInfo('y')],
  };

  it('read values of the graph around them', () => {
    const decoded = graphOf({ ...graph, node: nodes });
    const a = valueNamed(decoded, 'a');
    const [then, otherwise] = decoded.nodes[1]?.subgraphs ?? [];
    expect([...a.users]).toEqual([then?.nodes[0], otherwise?.nodes[0]]);
    expect(then?.outputs[0]?.outputOf).toEqual(new Set([then]));
    expect([...(then?.initializers ?? [])][0]).not.toBe([...(otherwise?.initializers ?? [])][0]);
  });

  it('come after what they read', () => {
    const decoded = graphOf({ ...graph, node: nodes.toReversed() });
    expect(decoded.nodes.map(({ opType }) => opType)).toEqual(['Abs', 'If']);
  });

  it('hide outer values of the same name', () => {
    const hiding = { ...branch, node: [node('Abs', ['x'], ['a']), ...(branch.node ?? [])] };
    const self = node('If', ['c'], ['y'], {
      attribute: [{ name: 'then_branch', type: 5, g: hiding }],
    });
    const decoded = graphOf({ ...graph, node: [node('Abs', ['x'], ['a']), self] });
    expect(valueNamed(decoded, 'a').users.size).toBe(0);
  });

  it('may return a value of the graph around them', () => {
    const direct: GraphProto = { name: 'direct', output: [valueInfo('a')] };
    const self = node('If', ['c'], ['y'], {
      attribute: [{ name: 'then_branch', type: 5, g: direct }],
    });
    const decoded = graphOf({ ...graph, node: [self, node('Abs', ['x'], ['a'])] });
    expect(decoded.nodes.map(({ opType }) => opType)).toEqual(['Abs', 'If']);
    expect(valueNamed(decoded, 'a').outputOf).toEqual(new Set(decoded.nodes[1]?.subgraphs));
  });

  it('new names are free in all graphs', () => {
    const decoded = graphOf({ ...graph, node: nodes });
    const inner = decoded.nodes[1]?.subgraphs[0] as Graph;
    expect(decoded.uniqueName('w')).toBe('w_1');
    expect(inner.uniqueName('x')).toBe('x_1');
    expect(inner.uniqueName('w_1')).toBe('w_1_1');
  });
});

it('the original is not changed by an encoding', () => {
  const bytes = modelBytes(weightGraph(rawTensor('w', [1, 2])));
  const model = decodeModel(bytes);
  model.graph.name = 'other';
  expect(parseModel(encodeModel(model)).graph?.name).toBe('other');
  model.graph.name = 'g';
  expect(Buffer.compare(encodeModel(model), bytes)).toBe(0);
});
