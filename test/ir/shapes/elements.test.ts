import { describe, expect, it } from 'vitest';
import { type Dim, GraphBuilder, inferTypes, type Value } from '../../../src/ir/index.js';
import { type DataType, Tensor } from '../../../src/tensor/index.js';

type Build = (builder: GraphBuilder, x: Value) => Value;

/** Elements that a graph over x [batch, 3, 8, 6] computes. */
function integers(build: Build, opset = 17): readonly Dim[] | null {
  const builder = new GraphBuilder();
  const value = build(builder, builder.input('x', ['batch', 3, 8, 6]));
  return inferTypes(builder.model(opset)).integers(value);
}

/** The shape that a graph over x [batch, 3, 8, 6] computes. */
function shape(build: Build, opset = 17): readonly Dim[] | null {
  const builder = new GraphBuilder();
  const value = build(builder, builder.input('x', ['batch', 3, 8, 6]));
  return inferTypes(builder.model(opset)).of(value)?.shape ?? null;
}

const scalar = (b: GraphBuilder, value: number, dtype: DataType = 'int64') =>
  b.constant(Tensor.scalar(dtype, value));

const dim = (b: GraphBuilder, x: Value, axis: number) =>
  b.op('Gather', [b.op('Shape', [x]), scalar(b, axis)]);

const vector = (b: GraphBuilder, x: Value) => b.op('Unsqueeze', [x, b.int64s([0])]);

describe('shape arithmetic of exporters', () => {
  it('Shape → Gather → Unsqueeze → Concat → Reshape keeps the batch symbol', () => {
    const flat: Build = (b, x) => {
      const target = b.op('Concat', [vector(b, dim(b, x, 0)), b.int64s([-1])], { axis: 0 });
      return b.op('Reshape', [x, target]);
    };
    expect(shape(flat)).toEqual(['batch', 144]);
  });

  it('Shape → Slice → Concat → Reshape (flatten from an axis on)', () => {
    const flat: Build = (b, x) => {
      const head = b.op('Slice', [b.op('Shape', [x]), b.int64s([0]), b.int64s([2]), b.int64s([0])]);
      return b.op('Reshape', [x, b.op('Concat', [head, b.int64s([48])], { axis: 0 })]);
    };
    expect(shape(flat)).toEqual(['batch', 3, 48]);
  });

  it('Equal → Where → Expand (expand with −1 for "as it is")', () => {
    const expanded: Build = (b, x) => {
      const wanted = b.int64s([2, -1, 8, 6]);
      const ones = b.op('ConstantOfShape', [b.int64s([4])], { value: Tensor.int64s([1]) });
      const isFree = b.op('Equal', [wanted, b.op('Mul', [ones, b.int64s([-1])])]);
      return b.op('Expand', [
        b.op('Slice', [x, b.int64s([0]), b.int64s([1]), b.int64s([0])]),
        b.op('Where', [isFree, ones, wanted]),
      ]);
    };
    expect(shape(expanded)).toEqual([2, 3, 8, 6]);
  });

  it('Cast → Mul → Floor → Cast → Concat → Resize (sizes from a float scale)', () => {
    const resized: Build = (b, x) => {
      const scaled = [2, 3].map((axis) => {
        const length = b.op('Cast', [dim(b, x, axis)], { to: 1 });
        const product = b.op('Mul', [length, scalar(b, 1.5, 'float32')]);
        return vector(b, b.op('Cast', [b.op('Floor', [product])], { to: 7 }));
      });
      const batch = b.op('Slice', [b.op('Shape', [x]), b.int64s([0]), b.int64s([2])]);
      return b.op('Resize', [x, null, null, b.op('Concat', [batch, ...scaled], { axis: 0 })]);
    };
    expect(shape(resized)).toEqual(['batch', 3, 12, 9]);
  });

  it('pads of an exporter: fill, reverse pairs, transpose, flatten', () => {
    const padded: Build = (b, x) => {
      const given = b.int64s([1, 2, 3, 4]);
      const zeros = b.op('ConstantOfShape', [b.int64s([4])], { value: Tensor.int64s([0]) });
      const pairs = b.op('Reshape', [
        b.op('Concat', [given, zeros], { axis: 0 }),
        b.int64s([-1, 2]),
      ]);
      const reversed = b.op('Slice', [
        pairs,
        b.int64s([-1]),
        b.int64s([-(2 ** 62)]),
        b.int64s([0]),
        b.int64s([-1]),
      ]);
      const flat = b.op('Reshape', [b.op('Transpose', [reversed]), b.int64s([-1])]);
      return b.op('Pad', [x, b.op('Cast', [flat], { to: 7 })]);
    };
    expect(shape(padded)).toEqual(['batch', 3, 8 + 3 + 4, 6 + 1 + 2]);
  });

  it('Range over a length', () => {
    const positions: Build = (b, x) => b.op('Range', [scalar(b, 0), dim(b, x, 2), scalar(b, 3)]);
    expect(shape(positions)).toEqual([3]);
    expect(integers(positions)).toEqual([0, 3, 6]);
    const symbolic: Build = (b, x) => b.op('Range', [scalar(b, 0), dim(b, x, 0), scalar(b, 1)]);
    expect(shape(symbolic)).toEqual(['batch']);
  });

  it('counts indices that NonZero finds', () => {
    const found: Build = (b) => b.op('NonZero', [b.int64s([0, 5, 0, 1])]);
    expect(shape(found)).toEqual([1, 2]);
  });
});

describe('elements', () => {
  const cases: readonly (readonly [string, Build, readonly Dim[] | null])[] = [
    ['Shape', (b, x) => b.op('Shape', [x]), ['batch', 3, 8, 6]],
    ['Shape with bounds', (b, x) => b.op('Shape', [x], { start: -3, end: -1 }), [3, 8]],
    ['Size of a symbolic shape', (b, x) => b.op('Size', [x]), null],
    ['Size', (b) => b.op('Size', [b.input('y', [2, 7])]), [14]],
    ['Add of a symbol and zero', (b, x) => b.op('Add', [dim(b, x, 0), scalar(b, 0)]), ['batch']],
    ['Add of a symbol', (b, x) => b.op('Add', [dim(b, x, 0), scalar(b, 1)]), null],
    ['Mul of a symbol and one', (b, x) => b.op('Mul', [scalar(b, 1), dim(b, x, 0)]), ['batch']],
    ['Mul with zero', (b, x) => b.op('Mul', [scalar(b, 0), dim(b, x, 0)]), null],
    ['Div by one', (b, x) => b.op('Div', [dim(b, x, 0), scalar(b, 1)]), ['batch']],
    ['Div truncates', (b) => b.op('Div', [b.int64s([7, -7]), scalar(b, 2)]), [3, -3]],
    ['Div by zero', (b) => b.op('Div', [scalar(b, 7), scalar(b, 0)]), null],
    ['Mod', (b) => b.op('Mod', [b.int64s([7, -7, 7]), b.int64s([3, 3, -3])]), [1, 2, -2]],
    ['Sub', (b, x) => b.op('Sub', [dim(b, x, 2), scalar(b, 9)]), [-1]],
    ['Neg', (b) => b.op('Neg', [b.int64s([3, 0])]), [-3, 0]],
    ['Max', (b) => b.op('Max', [b.int64s([3, 9]), scalar(b, 5)]), [5, 9]],
    ['Min', (b, x) => b.op('Min', [b.op('Shape', [x]), scalar(b, 5)]), [null, 3, 5, 5]],
    ['Min of a symbol with itself', (b, x) => b.op('Min', [dim(b, x, 0), dim(b, x, 0)]), ['batch']],
    ['ReduceProd', (b, x) => b.op('ReduceProd', [b.op('Shape', [x], { start: 1 })]), [144]],
    ['ReduceMax', (b) => b.op('ReduceMax', [b.int64s([4, 9, 2])]), [9]],
    ['Equal to a negative number', (b, x) => b.op('Equal', [dim(b, x, 0), scalar(b, -1)]), [0]],
    ['Equal to itself', (b, x) => b.op('Equal', [dim(b, x, 0), dim(b, x, 0)]), [1]],
    [
      'Equal to a length',
      (b, x) => b.op('Equal', [b.op('Shape', [x]), scalar(b, 8)]),
      [null, 0, 1, 0],
    ],
    ['Less', (b) => b.op('Less', [b.int64s([1, 5]), scalar(b, 3)]), [1, 0]],
    ['Not', (b) => b.op('Not', [b.op('Less', [b.int64s([1, 5]), scalar(b, 3)])]), [0, 1]],
    ['Cast to int8 overflows', (b) => b.op('Cast', [b.int64s([127, 128])], { to: 3 }), [127, null]],
    [
      'int32 overflows',
      (b) => b.op('Add', [scalar(b, 2 ** 31 - 1, 'int32'), scalar(b, 1, 'int32')]),
      null,
    ],
    ['Cast of a float', (b) => b.op('Cast', [b.floats([2], [2.9, -2.9])], { to: 7 }), [2, -2]],
    [
      'Gather with negative index',
      (b) => b.op('Gather', [b.int64s([4, 5, 6]), scalar(b, -1)]),
      [6],
    ],
    [
      'Gather out of range',
      (b) => b.op('Gather', [b.int64s([4, 5, 6]), b.int64s([3, 0])]),
      [null, 4],
    ],
    [
      'Split',
      (b) => b.ops('Split', [b.int64s([1, 2, 3, 4, 5]), b.int64s([2, 3])], 2)[1] as Value,
      [3, 4, 5],
    ],
    ['Squeeze', (b) => b.op('Squeeze', [b.int64s([4])]), [4]],
    ['Expand', (b) => b.op('Expand', [b.int64s([4]), b.int64s([3])]), [4, 4, 4]],
    [
      'Concat keeps what it knows',
      (b, x) => b.op('Concat', [b.input('y', [1], 'int64'), vector(b, dim(b, x, 1))], { axis: 0 }),
      [null, 3],
    ],
    ['elements nobody knows', (b) => b.op('Neg', [b.input('y', [2], 'int64')]), null],
    ['floats are no integers', (b) => b.floats([1], [2]), null],
  ];

  it.each(cases)('%s', (_name, build, expected) => {
    expect(integers(build)).toEqual(expected);
  });

  it('of matrices', () => {
    const matrix = (b: GraphBuilder) =>
      b.constant(Tensor.fromNumbers('int64', [2, 3], [1, 2, 3, 4, 5, 6]));
    expect(integers((b) => b.op('Transpose', [matrix(b)]))).toEqual([1, 4, 2, 5, 3, 6]);
    expect(integers((b) => b.op('Gather', [matrix(b), b.int64s([2, 0])], { axis: 1 }))).toEqual([
      3, 1, 6, 4,
    ]);
    expect(integers((b) => b.op('Concat', [matrix(b), matrix(b)], { axis: 1 }))).toEqual([
      1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6,
    ]);
    expect(
      integers((b) =>
        b.op('Slice', [
          matrix(b),
          b.int64s([2, 0]),
          b.int64s([-9, 1]),
          b.int64s([1, 0]),
          b.int64s([-2, 1]),
        ]),
      ),
    ).toEqual([3, 1]);
    expect(integers((b) => b.op('Add', [matrix(b), b.int64s([10, 20, 30])]))).toEqual([
      11, 22, 33, 14, 25, 36,
    ]);
  });
});
