import { describe, expect, it } from 'vitest';
import {
  type AttributeValue,
  type Dim,
  GraphBuilder,
  inferTypes,
  type Node,
  type Value,
} from '../../src/ir/index.js';
import {
  type AffineMap,
  evaluationOf,
  identityMap,
  isLinearOp,
  kernelOf,
  type Layout,
  type LoweringContext,
  linearOps,
  lowerNode,
  padsBegin,
  padsEnd,
} from '../../src/linear/index.js';
import { plainProduct } from '../../src/merge/product.js';

interface Case {
  readonly opType: string;
  readonly shape: readonly Dim[];
  readonly inputs?: (b: GraphBuilder) => (Value | null)[];
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  readonly opset?: number;
  readonly outputs?: number;
  /** Index of the output to lower. */
  readonly output?: number;
  readonly layout?: Layout;
}

/** The map of one node on its first input, or why there is none. */
function lower(given: Case): AffineMap | string {
  const { opType, shape, attributes = {}, opset = 17, outputs = 1, output = 0 } = given;
  const b = new GraphBuilder();
  const x = b.input('x', shape);
  const inputs = [x, ...(given.inputs?.(b) ?? [])];
  const node = b.ops(opType, inputs, outputs, attributes)[0]?.producer as Node;
  for (const result of node.results) b.output(result);
  const types = inferTypes(b.model(opset));
  const context: LoweringContext = {
    opset,
    constant: (value) => value?.constant ?? null,
    shape: (value) => types.of(value)?.shape ?? null,
    dtype: (value) => types.of(value)?.dtype ?? null,
  };
  const lowered = lowerNode(node, output, context);
  if (!lowered.ok) return lowered.refusal.reason;
  const layout = given.layout ?? 'channels-first';
  const lengths = layout === 'channels-first' ? shape.slice(2) : [];
  const source = identityMap(
    'x',
    layout,
    (layout === 'channels-first' ? shape[1] : shape.at(-1)) as number,
    lengths.map((length) => (typeof length === 'number' ? length : null)),
  );
  const map = lowered.value.apply(lowered.value.operands.map(() => source));
  return map.ok ? map.value : map.refusal.reason;
}

function mapOf(given: Case): AffineMap {
  const map = lower(given);
  if (typeof map === 'string') throw new Error(map);
  return map;
}

const padsOf = (given: Case): number[] => {
  const { axes } = mapOf(given);
  return [...axes.map(padsBegin), ...axes.map(padsEnd)];
};

async function weightsOf(given: Case): Promise<number[]> {
  const map = mapOf(given);
  const product = async (...args: Parameters<typeof plainProduct>) => plainProduct(...args);
  return [...(await kernelOf(map, evaluationOf(map, product))).data];
}

const biasOf = (given: Case): number[] => [...mapOf(given).shift().bias];

describe('pads by name', () => {
  const conv = (auto_pad: string, size: number, stride: number, length: Dim) => ({
    opType: 'Conv',
    shape: ['N', 1, length],
    inputs: (b: GraphBuilder) => [b.floats([1, 1, size], Array(size).fill(1))],
    attributes: { auto_pad, strides: [stride] },
  });

  it('put the odd one at the end or at the beginning', () => {
    expect(padsOf(conv('SAME_UPPER', 4, 1, 9))).toEqual([1, 2]);
    expect(padsOf(conv('SAME_LOWER', 4, 1, 9))).toEqual([2, 1]);
    expect(padsOf(conv('SAME_UPPER', 3, 1, null))).toEqual([1, 1]);
    expect(padsOf(conv('VALID', 3, 2, null))).toEqual([0, 0]);
  });

  it('depend on the length where there is a stride', () => {
    expect(padsOf(conv('SAME_UPPER', 3, 2, 8))).toEqual([0, 1]);
    expect(padsOf(conv('SAME_LOWER', 3, 2, 8))).toEqual([1, 0]);
    expect(padsOf(conv('SAME_UPPER', 3, 2, 9))).toEqual([1, 1]);
    expect(padsOf(conv('SAME_UPPER', 1, 2, 8))).toEqual([0, 0]);
    expect(lower(conv('SAME_UPPER', 3, 2, null))).toMatch(/pads by the input's size, which varies/);
  });
});

describe('Split', () => {
  const rows = async (given: Omit<Case, 'opType' | 'shape'>, output: number, channels = 7) => {
    const shape = ['N', channels, 4];
    const weights = await weightsOf({ opType: 'Split', shape, outputs: 3, ...given, output });
    const width = channels === 7 ? 7 : weights.length;
    return [weights.length / width, weights.indexOf(1)];
  };
  const attributes = { axis: 1 };

  it('takes its sizes from an attribute or an input', async () => {
    const old = { opset: 11, attributes: { ...attributes, split: [1, 4, 2] } };
    const input = { attributes, inputs: (b: GraphBuilder) => [b.int64s([1, 4, 2])] };
    for (const form of [old, input]) {
      expect(await rows(form, 0)).toEqual([1, 0]);
      expect(await rows(form, 1)).toEqual([4, 1]);
      expect(await rows(form, 2)).toEqual([2, 5]);
    }
  });

  it('leaves the last part what is left', async () => {
    const uneven = { opset: 18, attributes: { axis: -2, num_outputs: 3 } };
    expect(await rows(uneven, 1)).toEqual([3, 3]);
    expect(await rows(uneven, 2)).toEqual([1, 6]);
  });

  it('of another axis is refused', () => {
    const given = { opType: 'Split', shape: ['N', 4, 6], outputs: 2 };
    expect(lower({ ...given, attributes: { axis: 2 } })).toMatch(/another axis than the channels/);
    expect(lower({ ...given, attributes: { axis: 0 } })).toMatch(/another axis than the channels/);
  });
});

describe('Slice', () => {
  const slice = (length: Dim, ...lists: number[][]): Case => ({
    opType: 'Slice',
    shape: ['N', 3, length],
    inputs: (b) => lists.map((list) => b.int64s(list)),
  });

  it('counts from either end where the length is known', () => {
    expect(padsOf(slice(9, [1], [8], [2]))).toEqual([-1, -1]);
    expect(padsOf(slice(9, [-8], [-2], [-1]))).toEqual([-1, -2]);
    expect(padsOf(slice(9, [-99], [99], [2]))).toEqual([0, 0]);
  });

  it('counts from its own end where the length varies', () => {
    expect(padsOf(slice('L', [2], [-1], [2]))).toEqual([-2, -1]);
    expect(padsOf(slice('L', [2], [2 ** 31 - 1], [2]))).toEqual([-2, 0]);
    for (const [start, end] of [
      [-2, 99],
      [0, 5],
      [-3, -1],
    ] as const) {
      expect(lower(slice('L', [start], [end], [2]))).toMatch(/from the other end of an axis/);
    }
  });

  it('keeps every other position', () => {
    const map = mapOf(slice('L', [1], [2 ** 40], [2], [2]));
    expect(map.axes[0]).toMatchObject({ stride: 2, offset: 1, extent: -1 });
    expect(typeof lower(slice(9, [8], [0], [2], [-1]))).toBe('string');
  });

  it('selects channels in the old form too', async () => {
    const given = { opType: 'Slice', shape: ['N', 3, 'L'], opset: 9 };
    const attributes = { starts: [1], ends: [3], axes: [1] };
    expect(await weightsOf({ ...given, attributes })).toEqual([0, 1, 0, 0, 0, 1]);
    expect(padsOf({ ...given, attributes: { starts: [1], ends: [-2], axes: [2] } })).toEqual([
      -1, -2,
    ]);
    const batch = { ...given, attributes: { starts: [0], ends: [1] } };
    expect(lower(batch)).toMatch(/another axis than channels and space/);
  });
});

describe('Pad', () => {
  it('has an old form, and one with axes', () => {
    const pads = { attributes: { pads: [0, 0, 2, 0, 0, -1] }, opset: 9 };
    expect(padsOf({ opType: 'Pad', shape: ['N', 2, 'L'], ...pads })).toEqual([2, -1]);
    const inputs = (b: GraphBuilder) => [b.int64s([1, 3]), null, b.int64s([-1])];
    expect(padsOf({ opType: 'Pad', shape: ['N', 2, 'L'], inputs, opset: 18 })).toEqual([1, 3]);
  });

  it('of channels or images is refused', () => {
    const inputs = (b: GraphBuilder) => [b.int64s([0, 1, 0, 0, 0, 0])];
    expect(lower({ opType: 'Pad', shape: ['N', 2, 'L'], inputs })).toMatch(/other axes/);
  });
});

describe('sums and factors', () => {
  const vector = (opType: string, dims: number[], values: number[]): Case => ({
    opType,
    shape: ['N', 2, 'L'],
    inputs: (b) => [b.floats(dims, values)],
  });

  it('take one number a channel in any form that broadcasts', async () => {
    expect(biasOf(vector('Add', [1, 2, 1], [3, 4]))).toEqual([3, 4]);
    expect(biasOf(vector('Sub', [2, 1], [3, 4]))).toEqual([-3, -4]);
    expect(biasOf(vector('Sum', [], [5]))).toEqual([5, 5]);
    expect(biasOf(vector('Mean', [1], [5]))).toEqual([2.5, 2.5]);
    expect(await weightsOf(vector('Mean', [1], [5]))).toEqual([0.5, 0.5]);
    expect(await weightsOf(vector('Mul', [2, 1], [3, 4]))).toEqual([3, 4]);
    expect(await weightsOf(vector('Div', [2, 1], [2, 4]))).toEqual([0.5, 0.25]);
  });

  it('take a constant that repeats one number over positions of a known length', () => {
    const over = (values: number[]): Case => ({
      opType: 'Add',
      shape: ['N', 2, 3],
      inputs: (b) => [b.floats([2, 3], values)],
    });
    expect(biasOf(over([1, 1, 1, 2, 2, 2]))).toEqual([1, 2]);
    expect(lower(over([1, 1, 1, 2, 2, 3]))).toMatch(/not one number a channel/);
    const row = {
      opType: 'Add',
      shape: ['N', 2, 3],
      inputs: (b: GraphBuilder) => [b.floats([3], [4, 4, 4])],
    };
    expect(biasOf(row)).toEqual([4, 4]);
  });

  it('refuse constants that make the result larger', () => {
    expect(lower(vector('Add', [2], [1, 1]))).toMatch(/not one number a channel/);
    expect(lower({ ...vector('Add', [2, 1], [1, 1]), shape: ['N', 1, 'L'] })).toMatch(/widens/);
    expect(lower(vector('Add', [1, 1, 2, 1], [1, 1]))).toMatch(/more axes than its input/);
  });

  it('add a value to itself, and subtract it', async () => {
    const own = (opType: string): Case => {
      const given: Case = { opType, shape: ['N', 2, 'L'] };
      return { ...given, inputs: (b) => [b.graph.inputs[0] as Value] };
    };
    expect(await weightsOf(own('Add'))).toEqual([2, 2]);
    expect(await weightsOf(own('Sub'))).toEqual([0, 0]);
    expect(await weightsOf(own('Mean'))).toEqual([1, 1]);
  });
});

describe('matrices', () => {
  it('read Gemm with its factors and either orientation', async () => {
    const gemm = (transB: number, dims: number[], c: number[]): Case => ({
      opType: 'Gemm',
      shape: ['N', 2],
      inputs: (b) => [b.floats(dims, [1, 2, 3, 4, 5, 6]), b.floats([c.length], c)],
      attributes: { transB, alpha: { kind: 'float', value: 2 }, beta: { kind: 'float', value: 3 } },
    });
    expect(await weightsOf(gemm(1, [3, 2], [1, 2, 3]))).toEqual([2, 4, 6, 8, 10, 12]);
    expect(await weightsOf(gemm(0, [2, 3], [1]))).toEqual([2, 8, 4, 10, 6, 12]);
    expect(biasOf(gemm(1, [3, 2], [1, 2, 3]))).toEqual([3, 6, 9]);
    expect(biasOf(gemm(0, [2, 3], [1]))).toEqual([3, 3, 3]);
    const turned = gemm(1, [3, 2], [1]);
    expect(lower({ ...turned, shape: [2, 2], attributes: { transA: 1, transB: 1 } })).toMatch(
      /does not/,
    );
  });

  it('read MatMul on the last axis', async () => {
    const given: Case = {
      opType: 'MatMul',
      shape: ['N', 'T', 2],
      layout: 'channels-last',
      inputs: (b) => [b.floats([2, 3], [1, 2, 3, 4, 5, 6])],
    };
    expect(await weightsOf(given)).toEqual([1, 4, 2, 5, 3, 6]);
    const images = { ...given, shape: ['N', 2, 2], layout: 'channels-first' as const };
    expect(lower(images)).toMatch(/does not multiply the channels/);
  });
});

describe('ConvTranspose', () => {
  const given = (attributes: Record<string, AttributeValue>): Case => ({
    opType: 'ConvTranspose',
    shape: ['N', 2, 'L'],
    inputs: (b) => [b.floats([2, 1, 2], [1, 2, 3, 4])],
    attributes,
  });

  it('takes its weight inputs first', async () => {
    expect(await weightsOf(given({}))).toEqual([1, 2, 3, 4]);
    expect(await weightsOf(given({ group: 2 }))).toEqual([1, 2, 3, 4]);
    expect(mapOf(given({ group: 2 })).outputs).toBe(2);
    const strided = mapOf(given({ strides: [2], pads: [1, 0], output_padding: [1] }));
    expect(strided.axes[0]).toMatchObject({ stride: 2, offset: -1, extent: 1, size: 2 });
  });

  it('with pads that follow from its output is refused', () => {
    expect(lower(given({ output_shape: [9] }))).toMatch(/requested output shape/);
    expect(lower(given({ auto_pad: 'SAME_UPPER' }))).toMatch(/requested output shape/);
  });
});

describe('all of them', () => {
  it('state a rule and its conditions', () => {
    for (const { opTypes, rule, conditions } of linearOps) {
      expect([opTypes.length > 0, rule.length > 0, conditions.length > 0]).toEqual([
        true,
        true,
        true,
      ]);
    }
    const types = linearOps.flatMap((op) => op.opTypes);
    expect(new Set(types).size).toBe(types.length);
  });

  it('belong to the ONNX domain', () => {
    const b = new GraphBuilder();
    const x = b.input('x', ['N', 2, 'L']);
    const own = b.op('Identity', [x]).producer as Node;
    const other = b.op('Identity', [x], {}, { domain: 'com.example' }).producer as Node;
    expect([isLinearOp(own), isLinearOp(other)]).toEqual([true, false]);
  });
});
