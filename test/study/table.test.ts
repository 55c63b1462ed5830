import { describe, expect, it } from 'vitest';
import { curveOf } from '../../src/study/curves.js';
import { studyTable } from '../../src/study/table.js';
import { resultOf, studyOf } from './samples.js';

const baseline = [0.7, 0.72, 0.71].map((last, seed) =>
  resultOf('baseline', seed, [0.75, last], { seconds: 10 + seed, parameters: 1000 }),
);
const acb = [0.73, 0.74, 0.745].map((last, seed) =>
  resultOf('acb', seed, [0.5, last], {
    ...{ stepSeconds: [0.02, 0.9, 0.04][seed] ?? null, peakMemory: 1.5e8, seconds: 22 },
  }),
);

describe('the table', () => {
  it('compares every method with the baseline, as scipy does', () => {
    const [group] = studyTable(studyOf(), [...baseline, ...acb]).groups;
    const [first, second] = group!.rows;
    expect(group!.rows.map(({ method }) => method)).toEqual(['baseline', 'acb']);
    expect(first).toMatchObject({
      ...{ planned: 3, difference: null, parameters: 1000 },
      ...{ seconds: { value: 11, ratio: 1 }, peakMemory: { value: 1e8, ratio: 1 } },
    });
    expect(first!.best).toEqual({ mean: 0.75, std: 0, count: 3 });
    expect(second!.last!.mean).toBeCloseTo(0.738333333, 9);
    expect(second!.last!.std).toBeCloseTo(0.00763762615825974, 12);
    // scipy.stats.ttest_rel(acb, baseline)
    const { mean, p, interval, pairs } = second!.difference!;
    expect(pairs).toBe(3);
    expect(mean).toBeCloseTo(0.02833333333333336, 12);
    expect(p).toBeCloseTo(0.023375517643575663, 10);
    expect(interval![0]).toBeCloseTo(0.009360418165349545, 10);
    expect(interval![1]).toBeCloseTo(0.04730624850131718, 10);
    expect(second).toMatchObject({
      stepSeconds: { value: 0.04, ratio: 2 },
      peakMemory: { value: 1.5e8, ratio: 1.5 },
      seconds: { value: 22, ratio: 2 },
      parameters: null,
    });
  });

  it('pairs only what both have finished, and counts the others', () => {
    const failed = resultOf('acb', 1, [0.1, 0.2], {
      state: 'failed',
      problem: 'why',
      seconds: 999,
    });
    const runs = [...baseline, acb[0]!, failed, acb[2]!];
    const [group] = studyTable(studyOf(), runs).groups;
    const row = group!.rows[1]!;
    expect(row.counts).toEqual({ finished: 2, failed: 1, stopped: 0, running: 0, waiting: 0 });
    expect(row.planned).toBe(3);
    expect(row.last).toMatchObject({ count: 2, mean: 0.7375 });
    expect(row.seconds).toEqual({ value: 22, ratio: 2 });
    expect(row.difference!.pairs).toBe(2);
    expect(row.difference!.p).toBeCloseTo(0.048874503944394805, 10);
  });

  it('knows no differences and ratios without a baseline, and no figures without runs', () => {
    const none = resultOf('baseline', 0, [], { state: 'waiting', lastAccuracy: null });
    const [group] = studyTable(studyOf(), [none, ...acb]).groups;
    expect(group!.rows[0]).toMatchObject({ best: null, last: null, seconds: null });
    expect(group!.rows[1]).toMatchObject({
      difference: { pairs: 0, mean: null, p: null, interval: null },
      seconds: { value: 22, ratio: null },
    });
  });

  it('has a group for each model and data set, in the order of the study', () => {
    const entries = (...names: string[]) => names.map((name) => ({ name, options: {} }));
    const study = studyOf({ data: entries('b', 'a'), models: entries('y', 'x') });
    const run = (data: string, model: string, last: number) => ({
      ...resultOf('baseline', 0, [last]),
      ...{ data, model },
    });
    const runs = [run('a', 'x', 0.1), run('a', 'y', 0.2), run('b', 'x', 0.3)];
    const groups = studyTable(study, runs).groups.map(({ data, model, rows }) => [
      ...[data, model, rows[0]!.last!.mean],
    ]);
    expect(groups).toEqual([
      ['b', 'x', 0.3],
      ['a', 'y', 0.2],
      ['a', 'x', 0.1],
    ]);
  });
});

describe('curves', () => {
  it('are of the runs that finished, for each epoch', () => {
    const runs = [
      resultOf('acb', 0, [0.1, 0.3]),
      resultOf('acb', 1, [0.3, 0.4]),
      resultOf('acb', 2, [0.9], { state: 'failed' }),
    ];
    const points = curveOf(runs, 'valAccuracy');
    expect(points).toEqual([
      { epoch: 1, mean: 0.2, low: 0.1, high: 0.3, count: 2 },
      { epoch: 2, mean: 0.35, low: 0.3, high: 0.4, count: 2 },
    ]);
    expect(curveOf(runs, 'trainLoss').map(({ mean }) => mean)).toEqual([1, 0.5]);
  });
});
