import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  composeWindows,
  gcd,
  isPoint,
  outputLength,
  outsideIsBias,
  padsBegin,
  padsEnd,
  pointWindow,
  reachOf,
  unionWindows,
  type Window,
  windowFromPads,
  withoutNegativePads,
} from '../../src/linear/index.js';

/** Windows as Conv has them, moved and cropped in all ways that Pad and Slice can. */
const anyWindow = fc
  .record({
    size: fc.integer({ min: 1, max: 4 }),
    stride: fc.integer({ min: 1, max: 3 }),
    dilation: fc.integer({ min: 1, max: 3 }),
    begin: fc.integer({ min: -3, max: 4 }),
    end: fc.integer({ min: -3, max: 4 }),
  })
  .map(({ size, stride, dilation, begin, end }) =>
    windowFromPads(size, stride, dilation, begin, end),
  );

/** Input positions that output `o` reads. */
const readsAt = (w: Window, o: number): number[] =>
  Array.from({ length: w.size }, (_, t) => w.stride * o + w.offset + w.dilation * t);

const lengths = Array.from({ length: 14 }, (_, i) => i + 1);

describe('one window', () => {
  it('counts outputs as Conv does', () => {
    const outputs = (size: number, stride: number, dilation: number, pads: [number, number]) =>
      outputLength(windowFromPads(size, stride, dilation, ...pads), 10);
    expect(outputs(3, 1, 1, [1, 1])).toBe(10);
    expect(outputs(3, 2, 1, [1, 1])).toBe(5);
    expect(outputs(3, 2, 1, [0, 1])).toBe(5);
    expect(outputs(3, 1, 2, [0, 0])).toBe(6);
    expect(outputs(2, 3, 1, [0, 0])).toBe(3);
    expect(outputs(1, 1, 1, [-1, -2])).toBe(7);
  });

  it('gives back the pads it was made from', () => {
    const w = windowFromPads(5, 2, 3, 4, 7);
    expect([padsBegin(w), padsEnd(w), reachOf(w)]).toEqual([4, 7, 12]);
    // Not −0, which an attribute would keep.
    expect(Object.is(padsBegin(pointWindow), 0)).toBe(true);
  });

  it('knows the point from what only looks like one', () => {
    expect(isPoint(pointWindow)).toBe(true);
    expect(isPoint(windowFromPads(1, 1, 3, 0, 0))).toBe(true);
    expect(isPoint(windowFromPads(1, 2, 1, 0, 0))).toBe(false);
    expect(isPoint(windowFromPads(1, 1, 1, 1, 1))).toBe(false);
    expect(isPoint(windowFromPads(1, 1, 1, 1, -1))).toBe(false);
    expect(isPoint(windowFromPads(2, 1, 1, 0, 1))).toBe(false);
  });

  it('finds greatest common divisors, zero included', () => {
    expect([gcd(12, 18), gcd(0, 5), gcd(5, 0), gcd(-4, 6), gcd(0, 0)]).toEqual([6, 5, 5, 2, 0]);
  });
});

describe('composeWindows', () => {
  it('adds the taps of two 3×3, the second strided', () => {
    const inner = windowFromPads(3, 2, 1, 1, 1);
    const outer = windowFromPads(3, 1, 1, 0, 0);
    expect(composeWindows(outer, inner)).toEqual(windowFromPads(7, 2, 1, 1, 1));
  });

  it('keeps a common dilation', () => {
    const dilated = windowFromPads(3, 1, 2, 2, 2);
    expect(composeWindows(dilated, pointWindow)).toEqual(dilated);
    expect(composeWindows(pointWindow, dilated)).toEqual(dilated);
    expect(composeWindows(dilated, dilated)).toMatchObject({ size: 5, dilation: 2, offset: -4 });
  });

  it('reads what the two read one after the other, for every length', () => {
    fc.assert(
      fc.property(anyWindow, anyWindow, (outer, inner) => {
        const both = composeWindows(outer, inner);
        for (const length of lengths) {
          const between = outputLength(inner, length);
          if (between < 1 || outputLength(outer, between) < 1) continue;
          expect(outputLength(both, length)).toBe(outputLength(outer, between));
        }
        for (const o of [-2, 0, 3]) {
          const expected = new Set(readsAt(outer, o).flatMap((m) => readsAt(inner, m)));
          const grid = new Set(readsAt(both, o));
          expect([...expected].filter((at) => !grid.has(at))).toEqual([]);
          expect([Math.min(...grid), Math.max(...grid)]).toEqual([
            Math.min(...expected),
            Math.max(...expected),
          ]);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('unionWindows', () => {
  it('holds a 1×1, a 3×3 and a dilated 3×3 in a 5×5', () => {
    const windows = [
      pointWindow,
      windowFromPads(3, 1, 1, 1, 1),
      windowFromPads(3, 1, 2, 2, 2),
    ] as const;
    expect(unionWindows(windows)).toEqual(windowFromPads(5, 1, 1, 2, 2));
  });

  it('keeps a dilation that all share', () => {
    const windows = [windowFromPads(3, 1, 2, 2, 2), windowFromPads(5, 1, 2, 4, 4), pointWindow];
    expect(unionWindows(windows)).toEqual(windowFromPads(5, 1, 2, 4, 4));
  });

  it('lies where asymmetric pads put it', () => {
    const windows = [windowFromPads(2, 1, 1, 1, 0), windowFromPads(2, 1, 1, 0, 1)];
    expect(unionWindows(windows)).toEqual(windowFromPads(3, 1, 1, 1, 1));
  });

  it('holds every tap of every window, and nothing beyond them', () => {
    fc.assert(
      fc.property(fc.array(anyWindow, { minLength: 1, maxLength: 4 }), (windows) => {
        const union = unionWindows(windows);
        const taps = windows.flatMap((w) => readsAt({ ...w, stride: 0 }, 0));
        const grid = readsAt({ ...union, stride: 0 }, 0);
        expect(taps.filter((tap) => !grid.includes(tap))).toEqual([]);
        expect([grid[0], grid.at(-1)]).toEqual([Math.min(...taps), Math.max(...taps)]);
        expect([union.stride, union.extent]).toEqual([windows[0]?.stride, windows[0]?.extent]);
      }),
      { numRuns: 500 },
    );
  });
});

describe('withoutNegativePads', () => {
  it('adds a zero tap for a crop', () => {
    const fitted = (w: Window) => {
      const all = withoutNegativePads(w);
      return [all.size, all.dilation, padsBegin(all), padsEnd(all)];
    };
    expect(fitted(windowFromPads(1, 1, 1, -1, 0))).toEqual([2, 1, 0, 0]);
    expect(fitted(windowFromPads(3, 1, 2, -1, -2))).toEqual([5, 2, 1, 0]);
    expect(fitted(windowFromPads(1, 1, 3, 0, -1))).toEqual([2, 1, 0, 0]);
  });

  it('reads the same taps with pads that Conv accepts', () => {
    fc.assert(
      fc.property(anyWindow, (w) => {
        const fitted = withoutNegativePads(w);
        expect(Math.min(padsBegin(fitted), padsEnd(fitted))).toBeGreaterThanOrEqual(0);
        const grid = readsAt(fitted, 0);
        expect(readsAt(w, 0).filter((tap) => !grid.includes(tap))).toEqual([]);
        for (const length of lengths) {
          expect(outputLength(fitted, length)).toBe(outputLength(w, length));
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('outsideIsBias', () => {
  it('holds for points and for windows that look inward only', () => {
    expect(outsideIsBias(pointWindow, 'begin', null)).toBe(true);
    expect(outsideIsBias(pointWindow, 'end', null)).toBe(true);
    const wide = windowFromPads(3, 1, 1, 2, 2);
    expect([outsideIsBias(wide, 'begin', null), outsideIsBias(wide, 'end', null)]).toEqual([
      true,
      true,
    ]);
  });

  it('fails for what sees the image from outside', () => {
    const same = windowFromPads(3, 1, 1, 1, 1);
    const cropped = windowFromPads(1, 1, 1, -1, 0);
    expect([outsideIsBias(same, 'begin', null), outsideIsBias(same, 'end', 9)]).toEqual([
      false,
      false,
    ]);
    expect(outsideIsBias(cropped, 'begin', null)).toBe(false);
    expect(outsideIsBias(cropped, 'end', null)).toBe(true);
  });

  it('depends on the length where a stride leaves a rest', () => {
    const strided = windowFromPads(1, 2, 1, 0, 0);
    expect(outsideIsBias(strided, 'end', 7)).toBe(true);
    expect(outsideIsBias(strided, 'end', 8)).toBe(true);
    const early = windowFromPads(1, 2, 1, 0, -1);
    expect([7, 8].map((length) => outsideIsBias(early, 'end', length))).toEqual([false, true]);
    expect(outsideIsBias(early, 'end', null)).toBe(false);
  });

  it('never holds where a tap outside the outputs falls on the image', () => {
    fc.assert(
      fc.property(anyWindow, fc.constantFrom('begin', 'end'), (w, side) => {
        for (const length of lengths) {
          const outputs = outputLength(w, length);
          if (outputs < 1) continue;
          const outside = Array.from({ length: 12 }, (_, i) =>
            side === 'begin' ? -1 - i : outputs + i,
          );
          const seen = outside.some((o) => readsAt(w, o).some((at) => at >= 0 && at < length));
          if (seen) {
            expect(outsideIsBias(w, side, length)).toBe(false);
            expect(outsideIsBias(w, side, null)).toBe(false);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
