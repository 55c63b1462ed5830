import { describe, expect, test } from 'vitest';
import { differentiate } from '../../src/autodiff/index.js';
import { GraphBuilder, type Value } from '../../src/ir/index.js';
import { ndArray } from '../reference/array.js';
import { evaluate } from '../reference/float64.js';

/** Gradient at `x = [0.5, 1]` of the sum of what `build` makes of it. */
async function gradientOf(
  build: (b: GraphBuilder, x: Value) => Value,
  outputs: (b: GraphBuilder, x: Value) => readonly Value[] = () => [],
): Promise<number[]> {
  const b = new GraphBuilder();
  const x = b.input('x', [2]);
  const others = outputs(b, x);
  const loss = b.op('ReduceSum', [build(b, x)], { keepdims: 0 });
  const parameters = [x];
  const portable = true;
  const { builder, gradients } = differentiate(b.model(), {
    loss,
    parameters,
    outputs: others,
    portable,
  });
  const found = await evaluate(builder.model(), new Map([['x', ndArray([2], [0.5, 1])]]));
  const gradient = gradients.get(x);
  return [...((gradient && found.get(gradient)?.data) ?? [])];
}

const expectClose = (found: readonly number[], slope: (x: number) => number): void =>
  [0.5, 1].forEach((x, i) => {
    expect(found[i]).toBeCloseTo(slope(x), 6);
  });

const sin = (b: GraphBuilder, x: Value): Value => b.op('Sin', [x]);
const exp = (b: GraphBuilder, x: Value): Value => b.op('Exp', [x]);

describe('nodes that are built once because they are equal', () => {
  test('pass their gradient on once', async () => {
    const found = await gradientOf((b, x) => b.op('Mul', [sin(b, x), sin(b, x)]));
    expectClose(found, (x) => Math.sin(2 * x));
  });

  test('also where another reader lies between them', async () => {
    const found = await gradientOf((b, x) => {
      const product = b.op('Mul', [exp(b, sin(b, x)), x]);
      return b.op('Add', [product, sin(b, x)]);
    });
    expectClose(found, (x) => Math.exp(Math.sin(x)) * (1 + x * Math.cos(x)) + Math.cos(x));
  });

  test('also where the first of them does not lead to the loss', async () => {
    const found = await gradientOf(
      (b, x) => exp(b, sin(b, x)),
      (b, x) => [exp(b, sin(b, x))],
    );
    expectClose(found, (x) => Math.exp(Math.sin(x)) * Math.cos(x));
  });

  test('also where one operator is written out as others', async () => {
    const found = await gradientOf((b, x) => {
      const summed = b.op('Sum', [x, sin(b, x)]);
      return b.op('Mul', [summed, b.op('Add', [x, sin(b, x)])]);
    });
    expectClose(found, (x) => 2 * (x + Math.sin(x)) * (1 + Math.cos(x)));
  });
});
