import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  composeReach,
  finestGroup,
  groupedReach,
  type Reach,
  selectReach,
  stackReach,
  sumReach,
} from '../../src/linear/index.js';

const intervals = (reach: Reach): [number, number][] =>
  [...reach.low].map((low, o) => [low, reach.high[o] as number]);

const reachOf = (list: readonly (readonly [number, number])[]): Reach => ({
  low: Int32Array.from(list, ([low]) => low),
  high: Int32Array.from(list, ([, high]) => high),
});

const empty = [0, 0] as const;

/** Intervals within `inputs` channels, some of them empty. */
const anyReach = (outputs: number, inputs: number): fc.Arbitrary<Reach> =>
  fc
    .array(
      fc
        .tuple(fc.nat({ max: inputs }), fc.nat({ max: inputs }))
        .map(([a, b]) => (a === b ? empty : ([Math.min(a, b), Math.max(a, b)] as const))),
      { minLength: outputs, maxLength: outputs },
    )
    .map(reachOf);

describe('reach', () => {
  it('of a grouped convolution is its block', () => {
    expect(intervals(groupedReach(4, 6, 2))).toEqual([
      [0, 3],
      [0, 3],
      [3, 6],
      [3, 6],
    ]);
    expect(intervals(groupedReach(3, 3, 3))).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
    ]);
  });

  it('of a composition is the hull of what is read', () => {
    const outer = reachOf([[0, 2], [1, 3], empty]);
    const inner = reachOf([[0, 1], empty, [4, 6]]);
    expect(intervals(composeReach(outer, inner))).toEqual([
      [0, 1],
      [4, 6],
      [0, 0],
    ]);
  });

  it('of a composition holds every dependence and no more than their hull', () => {
    fc.assert(
      fc.property(anyReach(5, 4), anyReach(4, 7), (outer, inner) => {
        const both = composeReach(outer, inner);
        for (let o = 0; o < 5; o++) {
          const read: number[] = [];
          for (let m = outer.low[o]!; m < outer.high[o]!; m++) {
            for (let i = inner.low[m]!; i < inner.high[m]!; i++) read.push(i);
          }
          const hull = read.length === 0 ? [0, 0] : [Math.min(...read), Math.max(...read) + 1];
          expect([both.low[o], both.high[o]]).toEqual(hull);
        }
      }),
    );
  });

  it('of a sum ignores summands that read nothing', () => {
    const sum = sumReach([reachOf([[3, 4], empty, empty]), reachOf([[1, 2], [5, 6], empty])]);
    expect(intervals(sum)).toEqual([
      [1, 4],
      [5, 6],
      [0, 0],
    ]);
  });

  it('follows rows that are stacked and selected', () => {
    const stacked = stackReach([groupedReach(2, 2, 2), groupedReach(1, 2, 1)]);
    expect(intervals(stacked)).toEqual([
      [0, 1],
      [1, 2],
      [0, 2],
    ]);
    expect(intervals(selectReach(stacked, [2, 0, 0]))).toEqual([
      [0, 2],
      [0, 1],
      [0, 1],
    ]);
  });
});

describe('finestGroup', () => {
  it('finds the groups of a grouped convolution again', () => {
    for (const group of [1, 2, 3, 6])
      expect(finestGroup(groupedReach(6, 12, group), 12)).toBe(group);
  });

  it('finds coarser blocks that hold two group structures', () => {
    const both = sumReach([groupedReach(12, 12, 6), groupedReach(12, 12, 4)]);
    expect(finestGroup(both, 12)).toBe(2);
  });

  it('takes a map that reads nothing for as fine as can be', () => {
    expect(finestGroup(reachOf([empty, empty, empty, empty]), 6)).toBe(2);
  });

  it('is the largest group count whose blocks hold every interval', () => {
    fc.assert(
      fc.property(anyReach(6, 4), (reach) => {
        const fits = (group: number): boolean =>
          intervals(reach).every(([low, high], o) => {
            const block = Math.floor((o * group) / 6);
            return (
              low === high || (low >= (block * 4) / group && high <= ((block + 1) * 4) / group)
            );
          });
        const expected = [2, 1].find(fits);
        expect(finestGroup(reach, 4)).toBe(expected);
      }),
    );
  });
});
