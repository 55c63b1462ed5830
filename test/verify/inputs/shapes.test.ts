import { describe, expect, it } from 'vitest';
import type { Dim } from '../../../src/ir/index.js';
import { elementCount } from '../../../src/tensor/index.js';
import { candidateShapes } from '../../../src/verify/inputs/shapes.js';

const input = (name: string, shape: Dim[] | null) => ({
  name,
  type: { dtype: 'float32' as const, shape },
});

const candidates = (
  inputs: ReturnType<typeof input>[],
  overrides: Record<string, number[]> = {},
): number[][][] =>
  [...candidateShapes(inputs, new Map(Object.entries(overrides)))].map((specs) =>
    specs.map(({ dims }) => [...dims]),
  );

describe('candidateShapes', () => {
  it('has one candidate where nothing is open', () => {
    expect(candidates([input('x', [1, 3, 8, 8])])).toEqual([[[1, 3, 8, 8]]]);
    expect(candidates([])).toEqual([[]]);
    expect(candidates([input('x', [])])).toEqual([[[]]]);
  });

  it('tries batches of two, and common image sizes', () => {
    const found = candidates([input('x', ['N', 3, 'H', 'W'])]);
    expect(found[0]).toEqual([[2, 3, 224, 224]]);
    expect(found[1]).toEqual([[1, 3, 224, 224]]);
    expect(found).toContainEqual([[2, 3, 64, 64]]);
    expect(found).toContainEqual([[1, 3, 32, 32]]);
  });

  it('gives the same symbol the same length in every input', () => {
    for (const [a, b] of candidates([input('a', ['N', 'T']), input('b', ['N', 5, 'T'])])) {
      expect(b).toEqual([a?.[0], 5, a?.[1]]);
    }
  });

  it('gives lengths without a symbol to each axis alone, but tries them together', () => {
    expect(candidates([input('x', [null, null, null, 4])])[0]).toEqual([[2, 3, 224, 4]]);
  });

  it('takes over what is given, also for inputs that share a symbol', () => {
    const inputs = [input('a', ['N', 3, 'H', 'W']), input('b', ['N', 'H'])];
    expect(candidates(inputs, { a: [5, 3, 30, 20] })).toEqual([
      [
        [5, 3, 30, 20],
        [5, 30],
      ],
    ]);
    expect(candidates([input('x', null)], { x: [2, 7] })).toEqual([[[2, 7]]]);
  });

  it('leaves out what would be too large to try', () => {
    const volumes = candidates([input('x', ['N', 3, 'D', 'H', 'W'])]);
    expect(volumes[0]).toEqual([[2, 3, 64, 64, 64]]);
    for (const [dims] of volumes) expect(elementCount(dims ?? [])).toBeLessThanOrEqual(2 ** 24);
  });

  it('refuses a type that cannot be fed', () => {
    const inputs = [{ name: 'x', type: { dtype: 'int4' as const, shape: [2] } }];
    expect(() => [...candidateShapes(inputs, new Map())]).toThrow(
      "onnxruntime-node takes no int4 tensors ('x')",
    );
  });

  it('asks for the shape of an input of unknown rank', () => {
    expect(() => candidates([input('x', null)])).toThrow("the rank of input 'x' is not known");
  });
});
