import { describe, expect, it } from 'vitest';
import {
  type AttributeValue,
  countParameters,
  type Dim,
  Graph,
  GraphBuilder,
  inferTypes,
  modelMacs,
  Node,
  nodeMacs,
  opCounts,
  Value,
} from '../../src/ir/index.js';
import { Tensor } from '../../src/tensor/index.js';

/** Multiply-accumulates of one node over inputs of these shapes. */
function macs(
  opType: string,
  shapes: readonly (readonly Dim[])[],
  attributes: Readonly<Record<string, AttributeValue>> = {},
): number | null {
  const builder = new GraphBuilder();
  const inputs = shapes.map((shape, i) => builder.input(`x${i}`, shape));
  const node = builder.op(opType, inputs, attributes).producer as Node;
  return nodeMacs(node, inferTypes(builder.model()));
}

describe('nodeMacs', () => {
  it.each([
    [
      'Conv',
      [
        [2, 4, 8, 8],
        [6, 4, 3, 3],
      ],
      {},
      2 * 6 * 6 * 6 * (4 * 9),
    ],
    [
      'Conv',
      [
        [2, 4, 8, 8],
        [4, 1, 3, 3],
      ],
      { group: 4, pads: [1, 1, 1, 1] },
      2 * 4 * 64 * 9,
    ],
    [
      'Conv',
      [
        ['n', 4, 8, 8],
        [6, 4, 1, 1],
      ],
      {},
      6 * 64 * 4,
    ],
    [
      'Conv',
      [
        [2, 4, 'h', 8],
        [6, 4, 1, 1],
      ],
      {},
      null,
    ],
    [
      'Conv',
      [
        [2, 4, 8, 8],
        [6, 4, null, 1],
      ],
      {},
      null,
    ],
    [
      'ConvTranspose',
      [
        [2, 4, 5, 5],
        [4, 3, 2, 2],
      ],
      { strides: [2, 2] },
      2 * 4 * 25 * (4 * 3),
    ],
    [
      'ConvTranspose',
      [
        [2, 4, 5, 5],
        [4, 3, 2, 2],
      ],
      { group: 2 },
      2 * 4 * 25 * (4 * 3),
    ],
    [
      'Gemm',
      [
        [7, 3],
        [3, 5],
      ],
      {},
      7 * 3 * 5,
    ],
    [
      'Gemm',
      [
        [3, 7],
        [5, 3],
      ],
      { transA: 1, transB: 1 },
      7 * 3 * 5,
    ],
    [
      'Gemm',
      [
        ['n', 3],
        [3, 5],
      ],
      {},
      3 * 5,
    ],
    [
      'MatMul',
      [
        [2, 6, 7, 3],
        [3, 5],
      ],
      {},
      2 * 6 * 7 * 3 * 5,
    ],
    [
      'MatMul',
      [
        ['n', null, 7, 3],
        [3, 5],
      ],
      {},
      7 * 3 * 5,
    ],
    [
      'MatMul',
      [
        ['n', 'length', 3],
        [3, 5],
      ],
      {},
      null,
    ],
    ['MatMul', [[3], [3]], {}, 3],
    ['Relu', [[4, 4]], {}, 0],
  ] as const)('%s of %j with %j', (opType, shapes, attributes, expected) => {
    expect(macs(opType, shapes, attributes)).toBe(expected);
  });

  it('counts nothing for an operator of another domain', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [2, 2]);
    const y = builder.op('MatMul', [x, x], {}, { domain: 'custom' });
    expect(nodeMacs(y.producer as Node, inferTypes(builder.model()))).toBe(0);
  });
});

/** Two uses of one weight, a Constant, an integer initializer, and an If whose branch holds a node and a constant. */
function example() {
  const builder = new GraphBuilder();
  const x = builder.input('x', ['n', 3]);
  const weight = builder.floats([3, 3], Array(9).fill(1));
  const twice = builder.op('MatMul', [builder.op('MatMul', [x, weight]), weight]);
  const bias = builder.op('Constant', [], { value: Tensor.fromNumbers('float32', [3], [1, 2, 3]) });
  const slope = builder.op('Constant', [], { value_float: { kind: 'float', value: 2 } });
  const sum = builder.op('Mul', [builder.op('Add', [twice, bias]), slope]);
  builder.op('Reshape', [sum, builder.int64s([-1])]);
  const branch = new Graph('branch');
  const inner = branch.addInitializer('inner', Tensor.fromNumbers('float16', [2], [1, 2]));
  branch.nodes.push(new Node('MatMul', [sum, weight], [new Value('p')]));
  branch.nodes.push(new Node('Neg', [inner], [new Value('q')], { domain: 'custom' }));
  builder.op('If', [null], { then_branch: { kind: 'graph', value: branch } });
  return builder.model();
}

describe('whole models', () => {
  it('count each float constant once, those of nested graphs included', () => {
    expect(countParameters(example())).toBe(9 + 3 + 1 + 2);
  });

  it('count operators over all graphs', () => {
    expect(Object.fromEntries(opCounts(example()))).toEqual({
      MatMul: 3,
      Constant: 2,
      Add: 1,
      Mul: 1,
      Reshape: 1,
      If: 1,
      'custom::Neg': 1,
    });
  });

  it('sum multiply-accumulates over all graphs', () => {
    expect(modelMacs(example())).toBe(3 * 9);
    const inputShapes = new Map([['x', [5, 3]]]);
    const model = example();
    expect(modelMacs(model, inferTypes(model, { inputShapes }))).toBe(5 * 3 * 9);
  });
});
