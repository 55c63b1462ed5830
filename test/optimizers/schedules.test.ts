import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Course,
  learningRate,
  type ScheduleOptions,
  schedules,
} from '../../src/optimizers/schedules/index.js';
import { problemOf } from '../data/problems.js';

interface Case {
  readonly name: string;
  readonly options: Partial<ScheduleOptions>;
  readonly course: Course;
  readonly rates: readonly number[];
}

const file = join(import.meta.dirname, '../../fixtures/train/schedules.json');
const cases = JSON.parse(readFileSync(file, 'utf8')) as Case[];

describe('rates are those of PyTorch', () => {
  it.each(cases)('$name $options', ({ name, options, course, rates }) => {
    const rate = learningRate(name, course, options);
    expect(rates.length).toBe(course.epochs * course.stepsPerEpoch);
    for (const [step, expected] of rates.entries()) {
      expect(Math.abs(rate(step) - expected)).toBeLessThan(1e-14);
    }
  });

  it('for every schedule', () => {
    const tested = new Set(cases.map(({ name }) => name));
    expect([...tested].sort()).toEqual(schedules.map(({ name }) => name).sort());
  });
});

const course: Course = { lr: 0.1, epochs: 10, stepsPerEpoch: 7 };

it('rates are numbers from 0 to lr, also at the end and beyond it', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...schedules.filter(({ name }) => name !== 'onecycle')),
      fc.record({
        epochs: fc.integer({ min: 1, max: 5 }),
        perEpoch: fc.integer({ min: 1, max: 5 }),
      }),
      fc.double({ min: 0, max: 0.99, noNaN: true }),
      fc.constantFrom('step' as const, 'epoch' as const),
      ({ name }, { epochs, perEpoch }, warm, updateEvery) => {
        const options = { warmup: warm * epochs, milestones: [1, 2], minLr: 0.01, updateEvery };
        const rate = learningRate(name, { lr: 0.1, epochs, stepsPerEpoch: perEpoch }, options);
        for (let step = 0; step <= epochs * perEpoch + 2; step++) {
          expect(rate(step)).toBeGreaterThan(0);
          expect(rate(step)).toBeLessThanOrEqual(0.1 * (1 + 1e-12));
        }
      },
    ),
  );
});

it('a rise that is too short for a step begins at the top', () => {
  for (const epochs of [1, 2, 3]) {
    const rate = learningRate('onecycle', { lr: 0.1, epochs, stepsPerEpoch: 1 });
    for (let step = 0; step < epochs; step++) expect(Number.isFinite(rate(step))).toBe(true);
  }
});

it('milestones count from the beginning of the run, warm-up or not', () => {
  const plain = learningRate('multistep', course, { milestones: [4] });
  const warm = learningRate('multistep', course, { milestones: [4], warmup: 2 });
  expect([warm(27), warm(28)]).toEqual([plain(27), plain(28)]);
  expect(plain(28) / plain(27)).toBeCloseTo(0.1);
});

describe('what makes no sense is refused', () => {
  const problem = (name: string, options: Partial<ScheduleOptions>): Promise<string> =>
    problemOf(() => learningRate(name, course, options));

  it.each<[string, Partial<ScheduleOptions>, string]>([
    ['cosin', {}, "'cosin' is no schedule"],
    ['multistep', {}, 'needs milestones'],
    ['multistep', { milestones: [0] }, 'milestones of the schedule'],
    ['cosine', { minLr: 0.2 }, 'minLr of the schedule'],
    ['cosine', { minLr: -1 }, 'minLr of the schedule'],
    ['cosine', { warmup: 10 }, 'warmup of the schedule'],
    ['cosine', { warmupFactor: 2 }, 'warmupFactor of the schedule'],
    ['step', { stepSize: 0 }, 'stepSize of the schedule'],
    ['step', { gamma: Number.NaN }, 'gamma of the schedule'],
    ['onecycle', { pctStart: 2 }, 'pctStart of the schedule'],
    ['onecycle', { divFactor: 0 }, 'divFactor of the schedule'],
    ['onecycle', { warmup: 1 }, 'warms up by itself'],
  ])('%s %j', async (name, options, expected) => {
    expect(await problem(name, options)).toContain(expected);
  });
});
