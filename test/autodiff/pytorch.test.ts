import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { differentiate, gradientRules } from '../../src/autodiff/index.js';
import { type AttributeValue, GraphBuilder, type Value } from '../../src/ir/index.js';
import { type DataType, Tensor } from '../../src/tensor/index.js';
import { type NdArray, ndArray } from '../reference/array.js';
import { evaluate } from '../reference/float64.js';

interface Numbers {
  readonly dims: readonly number[];
  readonly data: readonly number[];
}

/** What fixtures/exporters/gradients.py writes for a case. */
interface Case {
  readonly name: string;
  readonly opset: number;
  /** 1e-9 where none is given: what limits it are factors that ONNX has in float32. */
  readonly tolerance?: number;
  readonly operands: Readonly<Record<string, Numbers & { readonly gradient: readonly number[] }>>;
  readonly constants?: Readonly<Record<string, Numbers & { readonly dtype: DataType }>>;
  readonly nodes: readonly {
    readonly op: string;
    readonly inputs: readonly (string | null)[];
    readonly outputs: readonly string[];
    readonly attributes: Readonly<Record<string, AttributeValue>>;
  }[];
  readonly cotangents: Readonly<Record<string, Numbers>>;
  /** Other results that are compared. */
  readonly results?: Readonly<Record<string, readonly number[]>>;
}

const fixture = new URL('../../fixtures/autodiff/pytorch.jsonl', import.meta.url);
const [head, ...cases] = readFileSync(fixture, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line)) as [{ readonly torch: string }, ...Case[]];

/** The case as a graph of float64 values, so that every constant of the gradient is exact. */
function graphOf(c: Case) {
  const b = new GraphBuilder();
  const values = new Map<string, Value>();
  for (const [name, { dims }] of Object.entries(c.operands)) {
    values.set(name, b.input(name, dims, 'float64'));
  }
  for (const [name, { dtype, dims, data }] of Object.entries(c.constants ?? {})) {
    values.set(name, b.constant(Tensor.fromNumbers(dtype, dims, data), name));
  }
  const value = (name: string): Value => values.get(name) as Value;
  for (const { op, inputs, outputs, attributes } of c.nodes) {
    const operands = inputs.map((name) => (name === null ? null : value(name)));
    const results = b.ops(op, operands, outputs.length, attributes);
    outputs.forEach((name, i) => {
      values.set(name, results[i] as Value);
    });
  }
  const products = Object.entries(c.cotangents).map(([name, { dims, data }]) => {
    const cotangent = b.constant(Tensor.fromNumbers('float64', dims, data));
    return b.op('ReduceSum', [b.op('Mul', [value(name), cotangent])], { keepdims: 0 });
  });
  const loss = products.reduce((sum, product) => b.op('Add', [sum, product]));
  return { model: b.model(c.opset), value, loss };
}

function expectClose(found: NdArray | undefined, expected: readonly number[], c: Case): void {
  const scale = Math.max(...expected.map(Math.abs), 1e-12);
  const worst = expected.map((x, i) => Math.abs(x - (found?.data[i] as number)) / scale);
  expect(found?.data).toHaveLength(expected.length);
  expect(Math.max(...worst)).toBeLessThan(c.tolerance ?? 1e-9);
}

async function compare(c: Case, portable: boolean): Promise<void> {
  const { model, value, loss } = graphOf(c);
  const names = Object.keys(c.operands);
  const others = Object.keys(c.results ?? {});
  const result = differentiate(model, {
    loss,
    parameters: names.map(value),
    outputs: others.map(value),
    portable,
  });
  const feeds = Object.entries(c.operands).map(
    ([name, { dims, data }]) => [name, ndArray(dims, data)] as const,
  );
  const gradients = [...result.gradients.values()].filter((gradient) => gradient !== null);
  const results = others.map((name) => result.value(value(name)));
  const found = await evaluate(result.builder.model(), new Map(feeds), [...gradients, ...results]);
  for (const [name, { dims, gradient }] of Object.entries(c.operands)) {
    const own = result.gradients.get(value(name));
    // A gradient that is zero by definition is not computed at all.
    const computed = own
      ? found.get(own)
      : ndArray(
          dims,
          gradient.map(() => 0),
        );
    expect(computed?.dims).toEqual(dims);
    expectClose(computed, gradient, c);
  }
  for (const [name, expected] of Object.entries(c.results ?? {})) {
    expectClose(found.get(result.value(value(name))), expected, c);
  }
}

describe(`gradients of PyTorch ${head.torch}`, () => {
  test.each(cases)('$name', async (c) => {
    for (const portable of [false, true]) await compare(c, portable);
  });
});

/** Rules that have no case, and why. */
const without: Readonly<Record<string, string>> = {
  Cast: 'changes nothing but the type',
  CastLike: 'changes nothing but the type',
  Dropout: 'is random; PyTorch has other random numbers',
};

test('every rule has a case, or a reason why not', () => {
  const compared = new Set(cases.flatMap(({ nodes }) => nodes.map(({ op }) => op)));
  const missing = gradientRules
    .flatMap(({ opTypes }) => opTypes)
    .filter((opType) => !compared.has(opType));
  expect(missing.sort()).toEqual(Object.keys(without).sort());
});
