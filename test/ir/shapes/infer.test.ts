import { describe, expect, it } from 'vitest';
import {
  type Attribute,
  createModel,
  type Dim,
  Graph,
  GraphBuilder,
  inferTypes,
  Node,
  type TensorType,
  Value,
} from '../../../src/ir/index.js';
import { Tensor } from '../../../src/tensor/index.js';

const float = (...shape: Dim[]): TensorType => ({ dtype: 'float32', shape });

/** A graph x → Opaque → y whose operator no rule knows, y stated as given. */
function opaque(input: readonly Dim[], stated: TensorType | null) {
  const builder = new GraphBuilder();
  const x = builder.input('x', input);
  const y = builder.op('Opaque', [x], {}, { domain: 'custom' });
  y.type = stated;
  return { builder, x, y };
}

describe('where types come from', () => {
  it('starts from inputs, initializers and constants', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', ['batch', 3, null]);
    const w = builder.floats([2, 2], [1, 2, 3, 4]);
    const c = builder.op('Constant', [], { value: Tensor.scalar('float64', 1) });
    const types = inferTypes(builder.model());
    expect(types.of(x)).toEqual(float('batch', 3, null));
    expect(types.of(w)).toEqual(float(2, 2));
    expect(types.of(c)).toEqual({ dtype: 'float64', shape: [] });
  });

  it.each([
    ['value_float', { kind: 'float', value: 1 }, 'float32', [], null],
    ['value_floats', { kind: 'floats', value: [1, 2] }, 'float32', [2], null],
    ['value_int', { kind: 'int', value: 7 }, 'int64', [], [7]],
    ['value_ints', { kind: 'ints', value: [7, 8] }, 'int64', [2], [7, 8]],
    ['value_string', { kind: 'string', value: 'a' }, 'string', [], null],
    ['value_strings', { kind: 'strings', value: ['a', 'b'] }, 'string', [2], null],
  ] as const)('reads a Constant with %s', (name, attribute, dtype, shape, integers) => {
    const builder = new GraphBuilder();
    const c = builder.op('Constant', [], { [name]: attribute as Attribute });
    const types = inferTypes(builder.model());
    expect(types.of(c)).toEqual({ dtype, shape });
    expect(types.integers(c)).toEqual(integers);
  });

  it('falls back to what the file states, and hands it on', () => {
    const { builder, y } = opaque([1, 3], float(1, 8, 4));
    const z = builder.op('Relu', [y]);
    expect(inferTypes(builder.model()).of(z)).toEqual(float(1, 8, 4));
  });

  it('takes the more specific answer of each dimension', () => {
    const builder = new GraphBuilder();
    const y = builder.op('Relu', [builder.input('x', ['n', null, 5, null])]);
    y.type = float(null, 'c', 6, 7);
    expect(inferTypes(builder.model()).of(y)).toEqual(float('n', 'c', 5, 7));
  });

  it('lets inference win against a statement of another type or rank', () => {
    const builder = new GraphBuilder();
    const y = builder.op('Relu', [builder.input('x', [1, 2])]);
    y.type = { dtype: 'int8', shape: [1, 2, 3] };
    expect(inferTypes(builder.model()).of(y)).toEqual(float(1, 2));
  });

  it('knows nothing of operators of other domains with a familiar name', () => {
    const builder = new GraphBuilder();
    const y = builder.op('Relu', [builder.input('x', [1])], {}, { domain: 'custom' });
    expect(inferTypes(builder.model()).of(y)).toBeNull();
  });

  it('does not change the model', () => {
    const { builder, y } = opaque(['n', 3], null);
    const z = builder.op('Relu', [y]);
    inferTypes(builder.model(), { inputShapes: new Map([['x', [4, 3]]]) });
    expect([y.type, z.type, builder.graph.inputs[0]?.type]).toEqual([null, null, float('n', 3)]);
  });

  it('answers for values that were added afterwards', () => {
    const builder = new GraphBuilder();
    const types = inferTypes(builder.model());
    expect(types.of(builder.int64s([4, 5]))).toEqual({ dtype: 'int64', shape: [2] });
    expect(types.integers(builder.int64s([4, 5]))).toEqual([4, 5]);
    expect(types.of(new Value('new', float(3)))).toEqual(float(3));
  });
});

describe('given input shapes', () => {
  it('replace those of the file', () => {
    const builder = new GraphBuilder();
    const y = builder.op('Relu', [builder.input('x', ['n', 3])]);
    const inputShapes = new Map([['x', [4, 3]]]);
    expect(inferTypes(builder.model(), { inputShapes }).of(y)).toEqual(float(4, 3));
  });

  it('bind symbols everywhere the file uses them', () => {
    const { builder, y } = opaque(['n', 'w'], float('n', 8, 'w', 'k'));
    const other = builder.input('other', ['n']);
    const types = inferTypes(builder.model(), { inputShapes: new Map([['x', [4, 9]]]) });
    expect(types.of(y)).toEqual(float(4, 8, 9, 'k'));
    expect(types.of(other)).toEqual(float(4));
  });

  it('make a symbol unknown when two of them disagree about it', () => {
    const { builder, y } = opaque(['n', 'n'], float('n', 8));
    const types = inferTypes(builder.model(), { inputShapes: new Map([['x', [4, 5]]]) });
    expect(types.of(y)).toEqual(float(null, 8));
  });

  it('that contradict the file leave of other statements only type and rank', () => {
    const { builder, y } = opaque([1, 3], float(1, 8));
    const types = inferTypes(builder.model(), { inputShapes: new Map([['x', [4, 3]]]) });
    expect(types.of(y)).toEqual(float(null, null));
  });

  it('of another rank leave only the type', () => {
    const { builder, y } = opaque([1, 3], float(1, 8));
    const types = inferTypes(builder.model(), { inputShapes: new Map([['x', [1, 1, 3]]]) });
    expect(types.of(y)).toEqual({ dtype: 'float32', shape: null });
  });

  it('for other names change nothing', () => {
    const { builder, y } = opaque([1, 3], float(1, 8));
    const types = inferTypes(builder.model(), { inputShapes: new Map([['z', [4, 3]]]) });
    expect(types.of(y)).toEqual(float(1, 8));
  });
});

/** A graph with one node that squares or stacks an outer value. */
function branch(op: string, outer: Value, attributes: Record<string, Attribute> = {}): Attribute {
  const graph = new Graph(op);
  const y = new Value(`${op}_y`);
  const inputs = op === 'Concat' ? [outer, outer] : [outer];
  graph.nodes.push(new Node(op, inputs, [y], { attributes: Object.entries(attributes) }));
  graph.addOutput(y);
  return { kind: 'graph', value: graph };
}

describe('subgraphs', () => {
  const concat = (outer: Value) => branch('Concat', outer, { axis: { kind: 'int', value: 0 } });

  it('read outer values, and If returns what its branches agree on', () => {
    const builder = new GraphBuilder();
    const condition = builder.input('condition', [], 'bool');
    const x = builder.input('x', [2, 5]);
    const branches = { then_branch: branch('Relu', x), else_branch: concat(x) };
    const y = builder.op('If', [condition], branches);
    const types = inferTypes(builder.model());
    expect(types.of(y)).toEqual(float(null, 5));
    const inner = branches.else_branch;
    expect(inner.kind === 'graph' && types.of(inner.value.outputs[0] as Value)).toEqual(
      float(4, 5),
    );
  });

  it('If returns the taken branch where the condition is known', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [2, 5]);
    const condition = builder.constant(Tensor.scalar('bool', 0));
    const y = builder.op('If', [condition], {
      then_branch: branch('Relu', x),
      else_branch: concat(x),
    });
    expect(inferTypes(builder.model()).of(y)).toEqual(float(4, 5));
  });

  it('If hands on the elements of the taken branch', () => {
    const builder = new GraphBuilder();
    const x = builder.int64s([2, 5]);
    const condition = builder.constant(Tensor.scalar('bool', 1));
    const shape = builder.op('If', [condition], {
      then_branch: branch('Identity', x),
      else_branch: concat(x),
    });
    const y = builder.op('ConstantOfShape', [shape]);
    expect(inferTypes(builder.model()).of(y)).toEqual(float(2, 5));
  });

  it('Loop keeps what does not change from one iteration to the next', () => {
    const body = new Graph('body');
    const iteration = body.addInput(new Value('i', { dtype: 'int64', shape: [] }));
    const condition = body.addInput(new Value('c', { dtype: 'bool', shape: [] }));
    const state = body.addInput(new Value('s', float(2, null)));
    const [next, scanned] = [new Value('next'), new Value('scanned')];
    body.nodes.push(new Node('Relu', [state], [next]), new Node('Neg', [iteration], [scanned]));
    for (const output of [condition, next, scanned]) body.addOutput(output);
    const builder = new GraphBuilder();
    const x = builder.input('x', [2, 5]);
    const trips = builder.input('trips', [], 'int64');
    const [y, stack] = builder.ops('Loop', [trips, null, x], 2, {
      body: { kind: 'graph', value: body },
    }) as [Value, Value];
    const types = inferTypes(builder.model());
    expect(types.of(y)).toEqual(float(2, null));
    expect(types.of(stack)).toEqual({ dtype: 'int64', shape: [null] });
  });

  it('Scan feeds slices and stacks results', () => {
    const body = new Graph('body');
    const state = body.addInput(new Value('s'));
    const slice = body.addInput(new Value('e'));
    const [sum, copy] = [new Value('sum'), new Value('copy')];
    body.nodes.push(new Node('Add', [state, slice], [sum]), new Node('Identity', [slice], [copy]));
    for (const output of [sum, copy]) body.addOutput(output);
    const builder = new GraphBuilder();
    const [y, stack] = builder.ops(
      'Scan',
      [builder.input('start', [4]), builder.input('x', [4, 'time'])],
      2,
      {
        body: { kind: 'graph', value: body },
        num_scan_inputs: 1,
        scan_input_axes: [1],
        scan_output_axes: [-1],
      },
    ) as [Value, Value];
    const types = inferTypes(builder.model());
    expect(types.of(y)).toEqual(float(4));
    expect(types.of(stack)).toEqual(float(4, 'time'));
    expect(types.of(sum)).toEqual(float(4));
  });

  it('of operators without a rule are inferred too', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [2, 5]);
    const inner = branch('Relu', x);
    builder.op('Repeat', [x], { body: inner }, { domain: 'custom' });
    const output = inner.kind === 'graph' ? inner.value.outputs[0] : undefined;
    expect(inferTypes(builder.model()).of(output as Value)).toEqual(float(2, 5));
  });
});

describe('odd and hostile graphs', () => {
  it('have unknown shapes where a node is inconsistent', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [1, 4, 8, 8]);
    const nodes = [
      builder.op('Conv', [x, builder.floats([2, 3, 1, 1], Array(6).fill(0))]),
      builder.op('Conv', [x], { kernel_shape: [3] }),
      builder.op('MaxPool', [x], { kernel_shape: [9, 9] }),
      builder.op('Add', [x, builder.input('a', [5])]),
      builder.op('MatMul', [x, builder.input('b', [3, 3])]),
      builder.op('Transpose', [x], { perm: [0, 0, 1, 2] }),
      builder.op('Reshape', [x, builder.int64s([3, -1])]),
      builder.op('Reshape', [x, builder.int64s([-1, -1])]),
      builder.op('Reshape', [x, builder.int64s([1, 4, 8, 9])]),
      builder.op('Concat', [x, builder.input('c', [1, 4, 8])], { axis: 0 }),
      builder.op('Pad', [x, builder.int64s([0, 0, 0, -5, 0, 0, 0, -5])]),
      builder.op('Squeeze', [x, builder.int64s([7])]),
    ];
    const types = inferTypes(builder.model());
    const known = nodes.map((node) =>
      (types.of(node)?.shape ?? []).every((dim) => typeof dim === 'number') ? types.of(node) : null,
    );
    expect(known.map((type) => type?.shape ?? null)).toEqual(Array(12).fill(null));
  });

  it('do not make it allocate what they claim', () => {
    const builder = new GraphBuilder();
    const huge = builder.int64s([2 ** 40, 2 ** 40]);
    const filled = builder.op('ConstantOfShape', [huge]);
    const range = builder.op('Range', [
      builder.constant(Tensor.scalar('int64', 0)),
      builder.constant(Tensor.scalar('int64', 1e15)),
      builder.constant(Tensor.scalar('int64', 1)),
    ]);
    const short = builder.constant(new Tensor('int64', [4000], new Uint8Array(8)));
    const types = inferTypes(builder.model());
    expect(types.of(filled)?.shape).toEqual([2 ** 40, 2 ** 40]);
    expect(types.of(range)?.shape).toEqual([1e15]);
    expect([filled, range, short].map((value) => types.integers(value))).toEqual([
      null,
      null,
      null,
    ]);
  });

  it('do not grow ranks without bound', () => {
    const builder = new GraphBuilder();
    let x = builder.input('x', [1, 1], 'int64');
    for (let i = 0; i < 200; i++) x = builder.op('Gather', [x, x]);
    expect(inferTypes(builder.model()).of(x)).toEqual({ dtype: 'int64', shape: null });
  });

  it('do not exhaust memory by many long vectors', () => {
    const builder = new GraphBuilder();
    let x = builder.int64s(Array.from({ length: 4096 }, (_, i) => i));
    const one = builder.int64s([1]);
    const first = x;
    for (let i = 0; i < 3000; i++) x = builder.op('Add', [x, one]);
    const types = inferTypes(builder.model());
    expect(types.integers(first)).toHaveLength(4096);
    expect(types.integers(x)).toBeNull();
  });

  it('may nest deeply', () => {
    let graph = new Graph('innermost');
    for (let i = 0; i < 500; i++) {
      const outer = new Graph(`level${i}`);
      const attributes = [['then_branch', { kind: 'graph', value: graph }]] as const;
      outer.nodes.push(new Node('If', [null], [new Value('y')], { attributes }));
      graph = outer;
    }
    expect(() => inferTypes(createModel(graph, 17))).not.toThrow();
  });
});
