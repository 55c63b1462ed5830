import { describe, expect, it } from 'vitest';
import type { DataType } from '../../../src/tensor/index.js';
import {
  generateInputs,
  type InputKind,
  inputKinds,
  perturbInputs,
} from '../../../src/verify/inputs/inputs.js';

function generate(kind: InputKind, dims: number[], dtype: DataType = 'float32', seed = 3) {
  const inputs = generateInputs([{ name: 'x', dtype, dims }], { kind, seed, integerLimit: 8 });
  return inputs.get('x')?.toNumbers() ?? new Float64Array();
}

const maximum = (values: Float64Array) => values.reduce((max, x) => Math.max(max, Math.abs(x)), 0);

describe('generateInputs', () => {
  it.each(inputKinds)('gives the same %s inputs for the same seed', (kind) => {
    expect(generate(kind, [2, 3, 4, 5])).toEqual(generate(kind, [2, 3, 4, 5]));
  });

  it('gives other numbers for another seed and another input', () => {
    expect(generate('normal', [100], 'float32', 1)).not.toEqual(generate('normal', [100]));
    const specs = ['a', 'b'].map((name) => ({ name, dtype: 'float32' as const, dims: [50] }));
    const inputs = generateInputs(specs, { kind: 'normal', seed: 0, integerLimit: 8 });
    expect(inputs.get('a')?.bytes).not.toEqual(inputs.get('b')?.bytes);
  });

  it('sets one impulse in every channel of every image', () => {
    const values = generate('impulses', [2, 3, 4, 5]);
    for (let channel = 0; channel < 6; channel++) {
      const plane = values.subarray(channel * 20, channel * 20 + 20);
      expect([...plane].filter((x) => x === 1)).toHaveLength(1);
      expect([...plane].filter((x) => x === 0)).toHaveLength(19);
    }
  });

  it('fills the outermost ring only', () => {
    const values = generate('borders', [1, 2, 4, 5]);
    values.forEach((x, i) => {
      const [row, column] = [Math.floor(i / 5) % 4, i % 5];
      const border = row === 0 || row === 3 || column === 0 || column === 4;
      expect(x !== 0).toBe(border);
    });
  });

  it('takes the magnitudes that its kinds promise', () => {
    expect(generate('constant', [2, 2])).toEqual(Float64Array.of(1, 1, 1, 1));
    expect(maximum(generate('large', [1000]))).toBeGreaterThan(1024);
    expect(maximum(generate('large', [1000], 'float16'))).toBeLessThan(100);
    for (const dtype of ['float32', 'float64', 'float16'] as const) {
      const smallest = { float32: 2 ** -126, float64: 2 ** -1022, float16: 2 ** -14 }[dtype];
      const denormal = maximum(generate('denormal', [100], dtype));
      expect(denormal).toBeGreaterThan(0);
      expect(denormal).toBeLessThan(smallest);
    }
  });

  it('keeps integers within the limit, as indices must be', () => {
    const values = generate('normal', [200], 'int64');
    expect(new Set(values)).toEqual(new Set([0, 1, 2, 3, 4, 5, 6, 7]));
    expect(new Set(generate('large', [200], 'bool'))).toEqual(new Set([0, 1]));
  });

  it.each(inputKinds)('accepts scalars, vectors and empty tensors (%s)', (kind) => {
    expect(generate(kind, [])).toHaveLength(1);
    expect(generate(kind, [7])).toHaveLength(7);
    expect(generate(kind, [2, 7])).toHaveLength(14);
    expect(generate(kind, [0, 3, 4, 4])).toHaveLength(0);
    expect(generate(kind, [1, 3, 0, 4])).toHaveLength(0);
  });
});

describe('perturbInputs', () => {
  it('changes every float by the relative step, integers not at all', () => {
    const specs = [
      { name: 'x', dtype: 'float64' as const, dims: [100] },
      { name: 'i', dtype: 'int64' as const, dims: [100] },
    ];
    const inputs = generateInputs(specs, { kind: 'normal', seed: 0, integerLimit: 8 });
    const changed = perturbInputs(inputs, 2 ** -20, 1);
    expect(changed.get('i')).toBe(inputs.get('i'));
    const before = inputs.get('x')?.toNumbers() ?? [];
    const ratios =
      changed
        .get('x')
        ?.toNumbers()
        .map((x, i) => x / (before[i] as number) - 1) ?? [];
    for (const ratio of ratios) expect(Math.abs(ratio)).toBeCloseTo(2 ** -20, 14);
    expect(new Set([...ratios].map(Math.sign))).toEqual(new Set([1, -1]));
  });
});
