import { describe, expect, it } from 'vitest';
import { Layers } from '../../../fixtures/builders/layers.js';
import {
  type Attribute,
  float,
  Graph,
  GraphBuilder,
  int,
  type Model,
  Node,
  Value,
} from '../../../src/ir/index.js';
import { Tensor } from '../../../src/tensor/index.js';
import { type VerifyOptions, verifyModels } from '../../../src/verify/index.js';
import {
  castTo,
  changeConstant,
  copyOf,
  insertAfter,
  lookInside,
  nodeNamed,
  numberValues,
  permuteSlices,
} from './edits.js';
import { mixed, stack } from './networks.js';

const equal = { status: 'equal', inside: { divergences: [] } };

async function expectEqual(a: Model, b: Model, options: VerifyOptions = {}): Promise<void> {
  expect(await verifyModels(a, b, options)).toMatchObject(equal);
  const unnamed = numberValues(copyOf(b), 1000);
  expect(await verifyModels(a, unnamed, { ...options, kinds: ['normal'] })).toMatchObject(equal);
}

/** Three layers of a biased 3×3 and a Relu. */
const plain = (): Model =>
  stack(3, [1, 8, 12, 12], (b, x, seed, name) => {
    const layers = new Layers(b, { seed, name });
    return layers.relu(layers.conv(x, 8, 3, { padding: 1, bias: true }));
  });

describe('the same function, computed over other values', () => {
  const order = [3, 1, 2, 0, 7, 5, 4, 6];

  it.each<[string, (first: Node, second: Node) => void]>([
    [
      'scales moved from one layer into the next',
      (first, second) => {
        const factor = (channel: number) => 0.1 * (1 + channel);
        changeConstant(first, 1, (values) => values.map((v, i) => v * factor(Math.floor(i / 72))));
        changeConstant(first, 2, (values) => values.map((v, i) => v * factor(i)));
        changeConstant(second, 1, (values) =>
          values.map((v, i) => v / factor(Math.floor(i / 9) % 8)),
        );
      },
    ],
    [
      'channels in another order between two layers',
      (first, second) => {
        changeConstant(first, 1, (values, dims) => permuteSlices(values, dims, 0, order));
        changeConstant(first, 2, (values, dims) => permuteSlices(values, dims, 0, order));
        changeConstant(second, 1, (values, dims) => permuteSlices(values, dims, 1, order));
      },
    ],
  ])('%s', async (_, change) => {
    const other = copyOf(plain());
    change(nodeNamed(other, 'layer0/Conv'), nodeNamed(other, 'layer1/Conv'));
    await expectEqual(plain(), other);
  });

  it('with nodes between that do nothing', async () => {
    const other = copyOf(mixed());
    for (const node of [...other.graph.nodes]) {
      const [output] = node.results;
      if (!output || output.outputOf.size > 0) continue;
      insertAfter(other, output, 'Dropout');
      insertAfter(other, output, 'Cast', castTo('float32'));
      insertAfter(other, output, 'Identity');
    }
    await expectEqual(mixed(), other);
    await expectEqual(other, mixed());
  });

  it('with weights shared that were copies', async () => {
    const build = (shared: boolean) => {
      const b = new GraphBuilder();
      const weight = () =>
        b.floats(
          [4, 4],
          Float64Array.from({ length: 16 }, (_, i) => Math.sin(i)),
          'w',
        );
      const one = weight();
      let x = b.input('x', [3, 4]);
      for (let i = 0; i < 3; i++) x = b.op('Tanh', [b.op('MatMul', [x, shared ? one : weight()])]);
      b.output(x);
      b.graph.pruneInitializers();
      return b.model();
    };
    await expectEqual(build(true), build(false));
  });
});

/** A graph for a node of a model. */
function subgraph(build: (inner: GraphBuilder) => Value[]): Attribute {
  const inner = new GraphBuilder(new Graph('inner'));
  for (const value of build(inner)) inner.output(value);
  return { kind: 'graph', value: inner.graph };
}

/** Tanh, then one of two operators. */
function choice(opType: string): Model {
  const b = new GraphBuilder();
  const x = b.op('Tanh', [b.input('x', [3, 4])]);
  const sum = b.op('ReduceSum', [x], { keepdims: 0 });
  const positive = b.op('Greater', [sum, b.constant(Tensor.scalar('float32', 0))]);
  const branch = (name: string) => subgraph((inner) => [inner.op(name, [x])]);
  const chosen = b.op('If', [positive], {
    then_branch: branch(opType),
    else_branch: branch('Exp'),
  });
  b.output(b.op('Neg', [chosen]));
  return b.model();
}

const models: Record<string, () => Model> = {
  'several inputs and outputs, of which one is read inside': () => {
    const b = new GraphBuilder();
    const [x, y] = [b.input('x', [2, 4]), b.input('y', [2, 4])];
    const sum = b.op('Add', [x, y]);
    b.output(b.op('Exp', [sum]));
    b.output(sum);
    b.output(b.op('Sigmoid', [b.op('Mul', [sum, y])]));
    return b.model();
  },
  'an input that is an output': () => {
    const b = new GraphBuilder();
    const x = b.input('x', [2, 4]);
    b.output(b.op('Relu', [x]));
    b.output(b.op('Identity', [x]));
    return b.model();
  },
  'integers: ArgMax, and what is gathered by it': () => {
    const b = new GraphBuilder();
    const x = b.input('x', [20, 10]);
    const best = b.op('ArgMax', [b.op('Softmax', [x], { axis: 1 })], { axis: 1, keepdims: 0 });
    b.output(best);
    b.output(b.op('Gather', [b.floats([10], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]), best]));
    return b.model();
  },
  'near ties in TopK': () => {
    const b = new GraphBuilder();
    const x = b.input('x', [4, 16]);
    const level = b.op('Mul', [x, b.constant(Tensor.scalar('float32', 1e-7))]);
    const one = b.constant(Tensor.scalar('float32', 1));
    const values = b.op('Exp', [b.op('Add', [level, one])]);
    b.output(b.ops('TopK', [values, b.int64s([3])], 2, { axis: 1 })[0] as Value);
    return b.model();
  },
  'NaN and infinities': () => {
    const b = new GraphBuilder();
    const root = b.op('Sqrt', [b.input('x', [4, 8])]);
    const inverse = b.op('Reciprocal', [b.op('Relu', [root])]);
    b.output(b.op('Softplus', [inverse]));
    b.output(b.op('Where', [b.op('IsNaN', [root]), b.constant(Tensor.scalar('float32', 0)), root]));
    return b.model();
  },
  'empty tensors': () => {
    const b = new GraphBuilder();
    const x = b.input('x', [2, 4]);
    const ends = [[0], [0], [1]].map((v) => b.int64s(v));
    const nothing = b.op('Tanh', [b.op('Slice', [x, ...ends])]);
    b.output(b.op('Concat', [b.op('Sigmoid', [x]), nothing], { axis: 1 }));
    return b.model();
  },
  text: () => {
    const b = new GraphBuilder();
    const labels = new Tensor(
      'string',
      [3],
      ['cat', 'dog', 'cow'].map((s) => new TextEncoder().encode(s)),
    );
    const best = b.op('ArgMax', [b.op('Tanh', [b.input('x', [5, 3])])], { axis: 1, keepdims: 0 });
    b.output(b.op('Gather', [b.constant(labels), best]));
    return b.model();
  },
  'a sequence': () => {
    const b = new GraphBuilder();
    const x = b.op('Tanh', [b.input('x', [6, 4])]);
    const sequence = b.op('SplitToSequence', [x, b.int64s([2, 4])], { axis: 0 });
    const last = b.op('SequenceAt', [sequence, b.constant(Tensor.scalar('int64', 1))]);
    b.output(b.op('Sigmoid', [last]));
    return b.model();
  },
  'an If whose branches read values outside': () => choice('Sigmoid'),
  'a Loop that reads a value outside': () => {
    const b = new GraphBuilder();
    const x = b.op('Tanh', [b.input('x', [3, 4])]);
    const body = subgraph((inner) => {
      inner.input('iteration', [], 'int64');
      const condition = inner.input('condition', [], 'bool');
      const carried = inner.input('carried', [3, 4]);
      return [inner.op('Identity', [condition]), inner.op('Sin', [inner.op('Add', [carried, x])])];
    });
    const trips = b.constant(Tensor.scalar('int64', 3));
    const inputs = [trips, b.constant(Tensor.fromNumbers('bool', [], [1])), x];
    b.output(b.op('Sigmoid', [b.op('Loop', inputs, { body })]));
    return b.model();
  },
  'outputs of nodes that are left out': () => {
    const b = new GraphBuilder();
    const x = b.input('x', [5, 2, 3]);
    const weights = [
      b.floats(
        [1, 16, 3],
        Float64Array.from({ length: 48 }, (_, i) => Math.sin(i)),
        'w',
      ),
      b.floats(
        [1, 16, 4],
        Float64Array.from({ length: 64 }, (_, i) => Math.cos(i)),
        'r',
      ),
    ];
    const last = new Value(b.graph.uniqueName('last'));
    const attributes = [['hidden_size', int(4)] as const];
    b.graph.nodes.push(new Node('LSTM', [x, ...weights], [null, last], { attributes }));
    b.output(b.op('Tanh', [last]));
    return b.model();
  },
  'several axes left open': () => {
    const b = new GraphBuilder();
    const x = b.input('x', ['N', 3, 'H', 'W']);
    const mean = b.op('GlobalAveragePool', [b.op('HardSwish', [x])]);
    b.output(b.op('LeakyRelu', [b.op('Sub', [x, mean])], { alpha: float(0.3) }));
    return b.model();
  },
};

describe('a model equals itself', () => {
  it.each(Object.entries(models))('with %s', async (name, build) => {
    // Open lengths need not be long.
    const shapes = new Map(name.includes('open') ? [['x', [2, 3, 9, 7]]] : []);
    await expectEqual(build(), build(), { shapes });
  });

  it('but not one with another operator in a branch of an If', async () => {
    const report = await lookInside(choice('Sigmoid'), choice('Softplus'));
    expect(report.status).toBe('different');
    expect(report.inside?.divergences).toMatchObject([{ nodeB: expect.stringMatching(/^If /) }]);
  });

  it('with a batch of none', async () => {
    const build = () => {
      const b = new GraphBuilder();
      const x = b.op('Tanh', [b.input('x', ['N', 4])]);
      b.output(b.op('MatMul', [x, b.floats([4, 2], [1, 2, 3, 4, 5, 6, 7, 8])]));
      return b.model();
    };
    const shapes = new Map([['x', [0, 4]]]);
    expect(await verifyModels(build(), build(), { shapes })).toMatchObject({
      ...equal,
      notes: [expect.stringContaining('is always empty')],
    });
  });
});
