import { describe, expect, it } from 'vitest';
import { Graph, GraphBuilder, type Model, type Value } from '../../src/ir/index.js';
import { decodeModel, encodeModel } from '../../src/onnx/index.js';
import { runModel } from '../../src/runtime/index.js';
import { normal, Tensor } from '../../src/tensor/index.js';
import { mergeAndVerify } from './merged.js';

const random = normal(9);
const numbers = (count: number): number[] => Array.from({ length: count }, () => random() / 2);

function branches(b: GraphBuilder, x: Value): Value {
  const conv = (k: number): Value =>
    b.op('Conv', [x, b.floats([4, 4, k, k], numbers(16 * k * k))], {
      pads: Array<number>(4).fill((k - 1) / 2),
    });
  return b.op('Add', [conv(3), conv(1)]);
}

/** `If(flag) { branches of the outer x } else { x }`, with branches before it. */
function conditional(): Model {
  const names = new Set<string>();
  const b = new GraphBuilder(new Graph('outer', names));
  const x = b.input('x', [2, 4, 5, 5]);
  const flag = b.input('flag', [], 'bool');
  const outer = b.op('Relu', [branches(b, x)]);
  const inside = new GraphBuilder(new Graph('then', names));
  inside.output(branches(inside, outer));
  const otherwise = new GraphBuilder(new Graph('else', names));
  otherwise.output(otherwise.op('Identity', [outer]));
  const chosen = b.op('If', [flag], {
    then_branch: { kind: 'graph', value: inside.graph },
    else_branch: { kind: 'graph', value: otherwise.graph },
  });
  chosen.type = { dtype: 'float32', shape: [2, 4, 5, 5] };
  b.output(chosen);
  return b.model(16);
}

describe('subgraphs', () => {
  it('merges before an If and inside it, and both ways through it stay the same', async () => {
    const original = conditional();
    const merged = await mergeAndVerify(original);
    // One before the If, one in it.
    expect(merged.count('Conv')).toBe(2);
    const x = Tensor.fromNumbers('float32', [2, 4, 5, 5], numbers(200));
    for (const flag of [0, 1]) {
      const feeds = new Map([
        ['x', x],
        ['flag', Tensor.fromNumbers('bool', [], [flag])],
      ]);
      const [a] = [...(await runModel(original, feeds)).values()];
      const [b] = [...(await runModel(decodeModel(encodeModel(merged.model)), feeds)).values()];
      const expected = a?.toNumbers() ?? [];
      b?.toNumbers().forEach((value, i) => {
        expect(value).toBeCloseTo(expected[i] as number, 4);
      });
    }
  });

  it('keeps a value inside a region that a subgraph reads', async () => {
    const names = new Set<string>();
    const b = new GraphBuilder(new Graph('outer', names));
    const x = b.input('x', [1, 4, 5, 5]);
    const flag = b.input('flag', [], 'bool');
    const first = b.op('Conv', [x, b.floats([4, 4, 1, 1], numbers(16))]);
    const last = b.op('Conv', [first, b.floats([4, 4, 1, 1], numbers(16))]);
    const inside = new GraphBuilder(new Graph('then', names));
    inside.output(inside.op('Neg', [first]));
    const otherwise = new GraphBuilder(new Graph('else', names));
    otherwise.output(otherwise.op('Identity', [first]));
    const chosen = b.op('If', [flag], {
      then_branch: { kind: 'graph', value: inside.graph },
      else_branch: { kind: 'graph', value: otherwise.graph },
    });
    chosen.type = { dtype: 'float32', shape: [1, 4, 5, 5] };
    b.output(chosen);
    b.output(last);
    const merged = await mergeAndVerify(b.model(16));
    // Both stay: the first is read inside the If, and the second alone is what the merged one would be.
    expect(merged.count('Conv')).toBe(2);
  });
});
