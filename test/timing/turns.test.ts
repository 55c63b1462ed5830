import { describe, expect, it } from 'vitest';
import { takeTurns } from '../../src/timing/turns.js';

/** Models that take some milliseconds of a clock of their own, and who ran when. */
function track(milliseconds: Readonly<Record<string, number>>) {
  let now = 0;
  const order: string[] = [];
  const models = Object.entries(milliseconds).map(([name, duration]) => async () => {
    order.push(name);
    now += duration;
    return duration / 1000;
  });
  return { models, order, clock: () => now };
}

describe('turns', () => {
  it('begin with either model in every other pair, after the runs that do not count', async () => {
    const { models, order, clock } = track({ A: 1, B: 2 });
    const times = await takeTurns(models, { runs: 4, warmup: 2, clock });
    expect(order.join('')).toBe('AABB' + 'ABBAABBA');
    expect(times).toEqual([
      [0.001, 0.001, 0.001, 0.001],
      [0.002, 0.002, 0.002, 0.002],
    ]);
  });

  it('keep the times of a pair at the same place', async () => {
    let run = 0;
    const model = async () => run++;
    const times = await takeTurns([model, model], { runs: 3, warmup: 0 });
    expect(times).toEqual([
      [0, 3, 4],
      [1, 2, 5],
    ]);
  });

  it.each([
    ['not before there are enough for an interval', 1000, 1, 6],
    ['when the time is up, warming up not counted', 100, 2, 20],
    ['at the latest after a thousand', 0.001, 5, 1000],
  ])('end %s', async (_, duration, seconds, count) => {
    const { models, clock } = track({ A: duration });
    expect((await takeTurns(models, { seconds, clock }))[0]).toHaveLength(count);
  });
});
