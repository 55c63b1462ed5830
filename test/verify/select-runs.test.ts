import { describe, expect, it } from 'vitest';
import type { OutputReport, RunReport } from '../../src/verify/index.js';
import { selectRuns } from '../../src/verify/select-runs.js';

const output = (name: string, toleranceUsed: number): OutputReport => ({
  name,
  equal: toleranceUsed <= 1,
  dtype: 'float32',
  dims: [1],
  obstacle: null,
  error: { toleranceUsed, mismatches: toleranceUsed > 1 ? 1 : 0 } as OutputReport['error'],
  tolerance: { absolute: 1, relative: 0 },
  bound: null,
});

const run = (kind: RunReport['kind'], source: string | null, y: number, z = 0): RunReport => ({
  ...{ device: 'cpu', kind, seed: null, source, dims: {} },
  outputs: [output('y', y), output('z', z)],
});

describe('selectRuns', () => {
  it('keeps everything of a few', () => {
    const runs = [run('normal', null, 0), ...['a', 'b'].map((name) => run('given', name, 0))];
    expect(selectRuns(runs)).toEqual(runs);
  });

  it('keeps of many given ones those that differ most, and the worst of every output', () => {
    const seeded = [run('normal', null, 0.1), run('constant', null, 0.1)];
    // The hundredth is nowhere the worst but in the second output.
    const given = Array.from({ length: 1000 }, (_, i) => run('given', `${i}`, i / 500, 0.001));
    given[100] = run('given', '100', 0, 0.01);
    const kept = selectRuns([...seeded, ...given]);
    expect(kept.slice(0, 2)).toEqual(seeded);
    const worst = Array.from({ length: 16 }, (_, i) => `${984 + i}`);
    expect(kept.slice(2).map(({ source }) => source)).toEqual(['100', ...worst]);
  });

  it('keeps what could not be compared at all', () => {
    const given = Array.from({ length: 50 }, (_, i) => run('given', `${i}`, 0.9));
    const missing = { ...output('y', 0), equal: false, error: null, obstacle: 'no' };
    given[20] = { ...(given[20] as RunReport), outputs: [missing] };
    expect(selectRuns(given).map(({ source }) => source)).toContain('20');
  });
});
