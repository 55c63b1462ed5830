import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type AttributeValue, float, GraphBuilder, type Value } from '../../src/ir/index.js';
import { openSession } from '../../src/runtime/index.js';
import { normal, Tensor } from '../../src/tensor/index.js';
import { count, type NdArray, ndArray } from './array.js';
import { Choices, choiceNumbers } from './choices.js';
import { interpretOutputs } from './interpret.js';

/** A one-node model with a varying input `x`, and sometimes a second one `y`. */
interface Case {
  readonly opType: string;
  readonly x: readonly number[];
  readonly y?: readonly number[];
  readonly constants?: readonly (readonly number[] | Tensor | null)[];
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  readonly outputs?: number;
  readonly opset?: number;
}

const lists = (c: Choices, rank: number, low: number, high: number): number[] =>
  Array.from({ length: rank }, () => c.between(low, high));

/** Kernel sizes, strides, dilations and pads that fit images of the given lengths. */
function window(c: Choices, spatial: readonly number[]) {
  const rank = spatial.length;
  const size = lists(c, rank, 1, 3);
  const dilations = size.map((k, i) => (k > 1 && (spatial[i] as number) > 4 ? c.between(1, 2) : 1));
  return { size, dilations, strides: lists(c, rank, 1, 3) };
}

/** Pads smaller than the kernel: onnxruntime's pools accept no others. */
const smallPads = (c: Choices, size: readonly number[]): number[] =>
  [...size, ...size].map((k) => c.below(k));

function imageShape(c: Choices, channels: number): number[] {
  const rank = c.of(2, 1, 3);
  return [c.between(1, 2), channels, ...lists(c, rank, 5, rank === 3 ? 6 : 8)];
}

function convCase(c: Choices): Case {
  const group = c.of(1, 2, 3);
  const [inputs, outputs] = [c.between(1, 2), c.between(1, 2)];
  const x = imageShape(c, group * inputs);
  const { size, dilations, strides } = window(c, x.slice(2));
  const constants = [
    [group * outputs, inputs, ...size],
    c.of(true, false) ? [group * outputs] : null,
  ];
  const common = { group, strides, kernel_shape: size };
  // onnxruntime dilates only with explicit pads.
  const auto = c.of('', 'SAME_UPPER', 'SAME_LOWER', 'VALID');
  const pads = lists(c, 2 * size.length, 0, 4);
  const attributes = auto ? { ...common, auto_pad: auto } : { ...common, dilations, pads };
  return { opType: 'Conv', x, constants, attributes };
}

function convTransposeCase(c: Choices): Case {
  const group = c.of(1, 2);
  const [inputs, outputs] = [c.between(1, 2), c.between(1, 3)];
  const x = imageShape(c, group * inputs);
  const { size, dilations, strides } = window(c, x.slice(2));
  const output_padding = strides.map((s) => c.below(s));
  const constants = [
    [group * inputs, outputs, ...size],
    c.of(true, false) ? [group * outputs] : null,
  ];
  const attributes = { group, dilations, strides, output_padding, pads: smallPads(c, size) };
  return { opType: 'ConvTranspose', x, constants, attributes };
}

function poolCase(c: Choices): Case {
  const x = imageShape(c, 2);
  const { size, strides } = window(c, x.slice(2));
  const attributes = {
    strides,
    kernel_shape: size,
    pads: smallPads(c, size),
    count_include_pad: c.below(2),
    ceil_mode: c.below(2),
  };
  return { opType: 'AveragePool', x, attributes, opset: c.of(17, 13, 19, 22) };
}

function padCase(c: Choices): Case {
  const x = imageShape(c, 2);
  const pads = [...x, ...x].map((_, i) => (i % x.length < 2 ? c.of(0, 0, 1) : c.between(-2, 3)));
  return {
    opType: 'Pad',
    x,
    constants: [Tensor.int64s(pads), c.of(null, Tensor.scalar('float32', 0.5))],
  };
}

function sliceCase(c: Choices): Case {
  const x = imageShape(c, 4);
  const axes = [...x.keys()].filter(() => c.of(true, false));
  const starts = axes.map(() => c.of(0, 1, -4, 2));
  const ends = axes.map((axis) => c.of(x[axis] as number, -1, 3, 2 ** 40));
  const steps = axes.map(() => c.between(1, 2));
  const valid = axes.every((axis, i) => {
    const length = x[axis] as number;
    const clamp = (p: number) => Math.min(Math.max(p < 0 ? p + length : p, 0), length);
    return clamp(starts[i] as number) < clamp(ends[i] as number);
  });
  if (!valid || axes.length === 0) return { opType: 'Identity', x };
  const signed = axes.map((axis) => (c.of(true, false) ? axis : axis - x.length));
  return {
    opType: 'Slice',
    x,
    constants: [starts, ends, signed, steps].map((v) => Tensor.int64s(v)),
  };
}

function binaryCase(c: Choices): Case {
  const x = imageShape(c, 3);
  const opType = c.of('Add', 'Sub', 'Mul', 'Div', 'Sum', 'Mean');
  const other = x.slice(c.of(0, 1, 2)).map((length) => c.of(length, 1));
  return c.of(true, false) ? { opType, x, y: other } : { opType, x, constants: [other] };
}

function unaryCase(c: Choices): Case {
  const x = imageShape(c, 3);
  if (c.of(true, false)) return { opType: c.of('Relu', 'Neg', 'Identity', 'Dropout'), x };
  if (c.of(true, false)) return { opType: 'Cast', x, attributes: { to: 1 } };
  const variance = Tensor.fromNumbers('float32', [3], [0.5, 2, 3]);
  const epsilon = c.of(float(1e-5), float(0.125));
  return {
    opType: 'BatchNormalization',
    x,
    constants: [[3], [3], [3], variance],
    attributes: { epsilon },
  };
}

function channelsCase(c: Choices): Case {
  const x = imageShape(c, 6);
  const axis = c.of(1, 1 - x.length);
  if (c.of(true, false)) {
    const indices = Array.from({ length: c.between(1, 8) }, () => c.between(-6, 5));
    return { opType: 'Gather', x, constants: [Tensor.int64s(indices)], attributes: { axis } };
  }
  if (c.of(true, false)) return { opType: 'Concat', x, y: x.with(1, 2), attributes: { axis } };
  const sizes = c.of([2, 4], [1, 2, 3], [6]);
  if (c.of(true, false)) {
    return {
      opType: 'Split',
      x,
      constants: [Tensor.int64s(sizes)],
      attributes: { axis },
      outputs: sizes.length,
    };
  }
  const attributes = { axis, num_outputs: 3 };
  return { opType: 'Split', x: x.with(1, 7), attributes, outputs: 3, opset: 18 };
}

function matrixCase(c: Choices): Case {
  const [m, k, n] = lists(c, 3, 1, 4) as [number, number, number];
  if (c.of(true, false)) {
    return { opType: 'MatMul', x: c.of([m, k], [2, m, k], [2, 3, m, k]), constants: [[k, n]] };
  }
  const [transA, transB] = [c.below(2), c.below(2)];
  const bias = c.of(null, [n], [m, n], [1, n], [m, 1], []);
  return {
    opType: 'Gemm',
    x: transA ? [k, m] : [m, k],
    constants: [transB ? [n, k] : [k, n], bias],
    attributes: { transA, transB, alpha: float(c.of(1, 0.5)), beta: float(c.of(1, -2)) },
  };
}

function shapeCase(c: Choices): Case {
  const x = [2, 3, 4, 5];
  if (c.of(true, false)) {
    const perm = c.of([0, 3, 1, 2], [0, 2, 3, 1], [3, 2, 1, 0], [0, 1, 3, 2]);
    return { opType: 'Transpose', x, attributes: { perm } };
  }
  if (c.of(true, false)) return { opType: 'Flatten', x, attributes: { axis: c.between(0, 3) } };
  return {
    opType: 'Reshape',
    x,
    constants: [Tensor.int64s(c.of([0, -1, 5], [2, 60], [-1, 3, 4, 5, 1]))],
  };
}

const families = [
  ...[convCase, convTransposeCase, poolCase, padCase, sliceCase, binaryCase, unaryCase],
  ...[channelsCase, matrixCase, shapeCase],
];

function build({ opType, x, y, constants = [], attributes = {}, outputs = 1, opset = 17 }: Case) {
  const random = normal(count(x) + constants.length);
  const draw = (dims: readonly number[]) =>
    Tensor.fromNumbers('float32', dims, Float64Array.from({ length: count(dims) }, random));
  const b = new GraphBuilder();
  const feeds = new Map<string, Tensor>();
  const input = (name: string, dims: readonly number[]): Value => {
    feeds.set(name, draw(dims));
    return b.input(name, dims);
  };
  const inputs: (Value | null)[] = [input('x', x)];
  if (y) inputs.push(input('y', y));
  for (const constant of constants) {
    if (constant === null) inputs.push(null);
    else inputs.push(b.constant(constant instanceof Tensor ? constant : draw(constant)));
  }
  while (inputs.at(-1) === null) inputs.pop();
  for (const output of b.ops(opType, inputs, outputs, attributes)) b.output(output);
  return { model: b.model(opset), feeds };
}

function expectClose(actual: NdArray, expected: Tensor): void {
  expect(actual.dims).toEqual(expected.dims);
  const numbers = expected.toNumbers();
  const scale = numbers.reduce((most, v) => Math.max(most, Math.abs(v)), 1);
  const worst = numbers.reduce((most, v, i) => Math.max(most, Math.abs(v - actual.data[i]!)), 0);
  expect(worst).toBeLessThan(1e-5 * scale);
}

test.each(families.map((family) => [family.name, family] as const))(
  'the reference agrees with onnxruntime: %s',
  async (_, family) => {
    await fc.assert(
      fc.asyncProperty(choiceNumbers(48), async (numbers) => {
        const { model, feeds } = build(family(new Choices(numbers)));
        const session = await openSession(model, { optimization: 'disabled' });
        try {
          const expected = await session.run(feeds);
          const arrays = [...feeds].map(
            ([name, t]) => [name, ndArray(t.dims, t.toNumbers())] as const,
          );
          const actual = interpretOutputs(model, new Map(arrays));
          for (const [name, tensor] of expected) expectClose(actual.get(name) as NdArray, tensor);
        } finally {
          await session.release();
        }
      }),
      { numRuns: 60 },
    );
  },
);
