import { describe, expect, it } from 'vitest';
import type { Dim } from '../../src/ir/index.js';
import type { DataType } from '../../src/tensor/index.js';
import { matchInterfaces } from '../../src/verify/match.js';

const value = (name: string, shape: Dim[] | null = [1], dtype: DataType = 'float32') => ({
  name,
  type: { dtype, shape },
});
const model = (inputs: ReturnType<typeof value>[], outputs = [value('y')]) => ({ inputs, outputs });

describe('matchInterfaces', () => {
  it('pairs by name whatever the order', () => {
    const result = matchInterfaces(
      model([value('a'), value('b')]),
      model([value('b'), value('a')]),
    );
    expect(result).toMatchObject({ ok: true, value: { notes: [] } });
    if (result.ok)
      expect(result.value.inputNames).toEqual(
        new Map([
          ['a', 'a'],
          ['b', 'b'],
        ]),
      );
  });

  it('pairs by position where the names differ, and says so', () => {
    const result = matchInterfaces(model([value('x')]), model([value('input')]));
    if (!result.ok) throw new Error(result.refusal.reason);
    expect(result.value.inputNames).toEqual(new Map([['x', 'input']]));
    expect(result.value.notes).toEqual(["inputs are matched by position: 'x' to 'input'"]);
  });

  it('takes the decided length where one model leaves it open', () => {
    const result = matchInterfaces(
      model([value('x', ['N', 3, null])]),
      model([value('x', [2, 'C', 'W'])]),
    );
    if (!result.ok) throw new Error(result.refusal.reason);
    expect(result.value.inputs).toEqual([value('x', [2, 3, null])]);
  });

  it.each([
    ['counts', model([value('x')]), model([]), "different inputs: 'x' and none"],
    [
      'outputs',
      model([], [value('y')]),
      model([], [value('y'), value('z')]),
      "different outputs: 'y' and 'y', 'z'",
    ],
    [
      'types',
      model([value('x')]),
      model([value('x', [1], 'int64')]),
      "input 'x' is float32 in one model and int64 in the other",
    ],
    [
      'lengths',
      model([value('x', ['N', 3])]),
      model([value('x', ['N', 4])]),
      "input 'x' is [N, 3] in one model and [N, 4] in the other",
    ],
    [
      'ranks',
      model([value('x', [3])]),
      model([value('x', [3, 1])]),
      "input 'x' is [3] in one model and [3, 1] in the other",
    ],
  ])('refuses other %s', (_, a, b, reason) => {
    const result = matchInterfaces(a, b);
    expect(result.ok ? '' : result.refusal.reason).toContain(reason);
  });
});
