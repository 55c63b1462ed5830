import { describe, expect, it } from 'vitest';
import { GraphBuilder, inferTypes, type Model, type Value } from '../../src/ir/index.js';
import { applyMerge, planMerge } from '../../src/merge/index.js';
import { normal } from '../../src/tensor/index.js';
import { type NdArray, ndArray } from '../reference/array.js';
import { interpretOutputs } from '../reference/interpret.js';

const random = normal(31);
const numbers = (length: number): number[] =>
  Array.from({ length }, () => Math.round(2 * random()) / 2);

/** `[N, rows] → [N, columns]`. */
const gemm = (b: GraphBuilder, x: Value, rows: number, columns: number): Value =>
  b.op('Gemm', [
    x,
    b.floats([rows, columns], numbers(rows * columns)),
    b.floats([columns], numbers(columns)),
  ]);

const pair = (b: GraphBuilder, x: Value, rows: number, columns: number): Value =>
  b.op('Add', [gemm(b, x, rows, columns), gemm(b, x, rows, columns)]);

/** Merges, compares with the model before, and returns the operators that are left. */
async function merge(model: Model): Promise<string[]> {
  const feeds = new Map<string, NdArray>();
  for (const { name, type } of model.graph.inputs) {
    const dims = (type?.shape ?? []).map((dim) =>
      typeof dim === 'number' ? dim : dim === 'L' ? 11 : 2,
    );
    feeds.set(name, ndArray(dims, numbers(dims.reduce((a, d) => a * d, 1))));
  }
  const before = interpretOutputs(model, feeds);
  const { refused } = await applyMerge(await planMerge(model));
  expect(refused).toHaveLength(0);
  for (const [name, { data }] of interpretOutputs(model, feeds)) {
    expect([...data]).toEqual([...(before.get(name)?.data ?? [])]);
  }
  for (const node of model.graph.nodes) {
    expect(node.results.some((value) => value.users.size + value.outputOf.size > 0)).toBe(true);
  }
  return model.graph.nodes.map((node) => node.opType);
}

describe('regions that meet', () => {
  it('jump over a value that nobody else reads', async () => {
    const b = new GraphBuilder();
    const narrow = pair(b, b.input('x', ['N', 6]), 6, 2);
    const again = b.op('Gather', [narrow, b.int64s([0, 1, 0])], { axis: 1 });
    const wide = b.op('Concat', [again, narrow], { axis: 1 });
    b.output(pair(b, wide, 5, 7));
    b.output(pair(b, wide, 5, 8));
    expect(await merge(b.model())).toEqual(['Gemm', 'Gemm', 'Gemm']);
  });

  it('share the source that one of them would have consumed', async () => {
    // 4 → 3 → 4 channels: on its own, the wide value is cheapest computed straight from the input, the branches
    // behind it from the narrow one.
    const b = new GraphBuilder();
    const narrow = pair(b, b.input('x', ['N', 4]), 4, 3);
    const again = b.op('Gather', [narrow, b.int64s([1])], { axis: 1 });
    const wide = b.op('Concat', [again, narrow], { axis: 1 });
    b.output(b.op('Relu', [wide]));
    b.output(pair(b, wide, 4, 7));
    expect(await merge(b.model())).toEqual(['Gemm', 'Gather', 'Concat', 'Relu', 'Gemm']);
  });

  it('leave no node behind that all of them read', async () => {
    const b = new GraphBuilder();
    const x = b.input('x', ['N', 4]);
    const shared = b.op('Mul', [x, b.floats([4], [1, 2, -1, 0.5])]);
    b.output(pair(b, shared, 4, 3));
    b.output(b.op('Relu', [pair(b, shared, 4, 2)]));
    expect(await merge(b.model())).toEqual(['Gemm', 'Gemm', 'Relu']);
    expect(b.graph.initializers.size).toBe(4);
  });

  it('keep what an output shows', async () => {
    const b = new GraphBuilder();
    const x = b.input('x', ['N', 4]);
    const inner = pair(b, x, 4, 4);
    b.output(inner);
    b.output(pair(b, inner, 4, 4));
    expect(await merge(b.model())).toEqual(['Gemm', 'Gemm']);
  });

  it('leave what nobody reads as it is', async () => {
    const b = new GraphBuilder();
    const x = b.input('x', ['N', 4]);
    pair(b, x, 4, 4);
    b.output(b.op('Relu', [x]));
    const { regions } = await planMerge(b.model());
    expect(regions).toHaveLength(0);
  });
});

describe('sums of several sources', () => {
  it('take none of them from behind another', async () => {
    const b = new GraphBuilder();
    const x = b.input('x', ['N', 2, 'L']);
    const conv = (value: Value, inputs: number, size: number, attributes = {}): Value =>
      b.op('Conv', [value, b.floats([8, inputs, size], numbers(8 * inputs * size))], attributes);
    const bias = b.floats([8], numbers(8));
    const wide = b.op('Conv', [x, b.floats([8, 2, 1], numbers(16)), bias]);
    // Of the wide value alone, because of its bias.
    const dilated = () => conv(wide, 8, 3, { dilations: [4], pads: [2, 2] });
    // Cheapest of the input, and through the wide value.
    const far = b.op('Add', [conv(wide, 8, 5), dilated()]);
    b.output(b.op('Add', [far, b.op('Add', [conv(x, 2, 5), dilated()])]));
    const left = await merge(b.model());
    expect(left.filter((type) => type === 'Conv')).toHaveLength(4);
    expect(left.filter((type) => type === 'Add')).toHaveLength(2);
  });
});

describe('sums that broadcast', () => {
  it('declare no shape that their terms do not have', async () => {
    const b = new GraphBuilder();
    const [x, pooled] = [b.input('x', ['N', 4, 3, 3]), b.input('pooled', ['N', 4, 1, 1])];
    const conv = (value: Value): Value =>
      b.op('Conv', [value, b.floats([4, 4, 1, 1], numbers(16))]);
    const sums = [x, pooled].map((value) => b.op('Add', [conv(value), conv(value)]));
    b.output(b.op('Add', [b.op('Add', [conv(x), conv(pooled)]), b.op('Add', sums)]));
    const model = b.model();
    const types = inferTypes(model);
    for (const node of model.graph.nodes) {
      for (const value of node.results) value.type = types.of(value);
    }
    expect(await merge(model)).toEqual(['Conv', 'Conv', 'Add']);
    const inferred = inferTypes(model);
    for (const node of model.graph.nodes) {
      for (const value of node.results) {
        expect([value.type, null]).toContainEqual(value.type && inferred.of(value));
      }
    }
  });
});
