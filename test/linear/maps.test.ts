import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../src/errors.js';
import {
  type AffineMap,
  compose,
  evaluationOf,
  identityMap,
  kernelOf,
  type Move,
  moveWindow,
  padsBegin,
  padsEnd,
  pointWindow,
  type Step,
  selectOutputs,
  stackMaps,
  stay,
  sumMaps,
  type Window,
  windowFromPads,
} from '../../src/linear/index.js';
import { plainProduct } from '../../src/merge/product.js';

/** A convolution of one spatial axis. */
function conv(
  weights: readonly (readonly (readonly number[])[])[],
  window: Window,
  bias: readonly number[] | null = null,
  group = 1,
): Step {
  const outputs = weights.length;
  const inputs = (weights[0]?.length ?? 0) * group;
  const data = Float64Array.from(weights.flat(2));
  return {
    label: 'conv',
    layout: 'channels-first',
    transposed: false,
    inputs,
    outputs,
    group,
    axes: [window],
    weights: () => ({ outputs, inputs, group, size: [window.size], data }),
    bias: bias && (() => Float64Array.from(bias)),
  };
}

const source = (channels: number, length: number | null = null): AffineMap =>
  identityMap('x', 'channels-first', channels, [length]);

function accepted(verdict: Verdict<AffineMap>): AffineMap {
  if (!verdict.ok) throw new Error(verdict.refusal.reason);
  return verdict.value;
}

const reason = (verdict: Verdict<AffineMap>): string =>
  verdict.ok ? 'accepted' : verdict.refusal.reason;

const onto = (inner: AffineMap, ...steps: readonly Step[]): AffineMap =>
  steps.reduce((map, step) => accepted(compose(step, map)), inner);

async function weightsOf(map: AffineMap): Promise<number[]> {
  const product = async (...args: Parameters<typeof plainProduct>) => plainProduct(...args);
  return [...(await kernelOf(map, evaluationOf(map, product))).data];
}

const pads = (map: AffineMap): number[] => map.axes.flatMap((w) => [padsBegin(w), padsEnd(w)]);
const same = windowFromPads(3, 1, 1, 1, 1);
const valid = windowFromPads(3, 1, 1, 0, 0);

describe('compose', () => {
  it('multiplies 1×1 weights and carries the bias along', async () => {
    const map = onto(
      source(2),
      conv(
        [
          [[1], [2]],
          [[3], [4]],
        ],
        pointWindow,
        [10, 20],
      ),
      conv([[[1], [-1]]], pointWindow, [5]),
    );
    expect(await weightsOf(map)).toEqual([-2, -2]);
    expect([...map.shift().bias]).toEqual([-5]);
    expect([...map.shift().magnitude]).toEqual([35]);
    expect([...map.gain()]).toEqual([10]);
  });

  it('convolves the taps of two windows, the second without pads', async () => {
    const map = onto(
      source(1),
      conv([[[1, 2, 3]]], windowFromPads(3, 1, 1, 2, 2), [1]),
      conv([[[1, 10]]], windowFromPads(2, 1, 1, 0, 0)),
    );
    expect(await weightsOf(map)).toEqual([1, 12, 23, 30]);
    expect(pads(map)).toEqual([2, 2]);
    expect([...map.shift().bias]).toEqual([11]);
  });

  it('spreads the second window by the stride of the first', async () => {
    const strided = conv([[[1, 2]]], windowFromPads(2, 2, 1, 0, 0));
    const map = onto(source(1), strided, conv([[[1, 10]]], windowFromPads(2, 1, 1, 0, 0)));
    expect(await weightsOf(map)).toEqual([1, 2, 10, 20]);
    expect(map.axes[0]?.stride).toBe(2);
  });

  it('keeps depthwise maps depthwise', () => {
    const depthwise = conv([[[1, 2, 3]], [[4, 5, 6]]], same, null, 2);
    const scale = conv([[[2]], [[3]]], pointWindow, null, 2);
    const map = onto(source(2), scale, depthwise);
    expect([...map.reach.low]).toEqual([0, 1]);
    expect([...map.reach.high]).toEqual([1, 2]);
  });

  it('takes zero padding after a 1×1 without bias, or with one that is zero', () => {
    const wide = conv([[[1, 1, 1]]], same);
    expect(pads(onto(source(1), conv([[[2]]], pointWindow), wide))).toEqual([1, 1]);
    expect(pads(onto(source(1), conv([[[2]]], pointWindow, [0]), wide))).toEqual([1, 1]);
  });

  it('refuses zero padding after a bias', () => {
    const biased = onto(source(1), conv([[[2]]], pointWindow, [1]));
    const verdict = compose(conv([[[1, 1, 1]]], same), biased);
    expect(reason(verdict)).toMatch(/the infinite plane holds the bias of 'conv'/);
    expect(compose(conv([[[1, 1, 1]]], valid), biased).ok).toBe(true);
  });

  it('refuses zero padding of what still sees the image from outside', () => {
    const wide = onto(source(1), conv([[[1, 1, 1]]], same));
    const verdict = compose(conv([[[1, 1, 1]]], same), wide);
    expect(reason(verdict)).toMatch(/just outside its input 'conv' still sees the image/);
    const begin = conv([[[1, 1]]], windowFromPads(2, 1, 1, 1, 0));
    expect(compose(begin, wide).ok).toBe(false);
  });

  it('looks at the pads that are read, where the length is known', () => {
    // ⌊(4 + 1 − 2) / 2⌋ + 1 = 2 outputs of 4 inputs: the last padding is never read.
    const unread = conv([[[1, 1]]], windowFromPads(2, 2, 1, 0, 1));
    const biased = (length: number | null) =>
      onto(source(1, length), conv([[[1]]], pointWindow, [3]));
    expect(compose(unread, biased(4)).ok).toBe(true);
    expect(compose(unread, biased(5)).ok).toBe(false);
    expect(compose(unread, biased(null)).ok).toBe(false);
  });

  it('refuses channels that do not meet', () => {
    expect(reason(compose(conv([[[1]]], pointWindow), source(2)))).toMatch(/do not meet/);
    const tokens = identityMap('x', 'channels-last', 1, []);
    expect(reason(compose(conv([[[1]]], pointWindow), tokens))).toMatch(/do not meet/);
  });
});

describe('transposed convolutions', () => {
  const up: Step = { ...conv([[[1, 2, 3]]], { ...same, stride: 2, extent: 1 }), transposed: true };

  it('compose with 1×1 maps on either side', async () => {
    const map = onto(source(1), conv([[[2]]], pointWindow), up, conv([[[5]]], pointWindow, [1]));
    expect(await weightsOf(map)).toEqual([10, 20, 30]);
    expect(map.axes[0]).toEqual(up.axes[0]);
    expect([...map.shift().bias]).toEqual([1]);
  });

  it('do not compose with a bias before, a window after, or each other', () => {
    const biased = onto(source(1), conv([[[2]]], pointWindow, [1]));
    expect(reason(compose(up, biased))).toMatch(/sees zeros around its input/);
    const upscaled = onto(source(1), up);
    expect(reason(compose(conv([[[1, 1, 1]]], valid), upscaled))).toMatch(/1×1 maps only/);
    expect(reason(compose(up, upscaled))).toMatch(/1×1 maps only/);
    expect(reason(compose(up, onto(source(1), conv([[[1, 1, 1]]], valid))))).toMatch(/1×1 maps/);
  });

  it('can be cropped, not padded', () => {
    const upscaled = onto(source(1), up);
    const cropped = accepted(
      moveWindow(upscaled, [{ begin: -1, end: -2, step: 1 }], null, 'slice'),
    );
    expect(cropped.axes[0]).toMatchObject({ offset: -2, extent: -2 });
    expect(reason(moveWindow(upscaled, [{ ...stay, begin: 1 }], null, 'pad'))).toMatch(
      /not padded/,
    );
    expect(reason(moveWindow(upscaled, [{ ...stay, step: 2 }], null, 's'))).toMatch(/not padded/);
  });
});

describe('sumMaps', () => {
  const terms = (...maps: readonly AffineMap[]) => maps.map((map) => ({ map, factor: 1 }));

  it('aligns taps by their pads', async () => {
    const wide = onto(source(1), conv([[[1, 2, 3]]], same, [7]));
    const left = onto(source(1), conv([[[10, 20]]], windowFromPads(2, 1, 1, 1, 0)));
    const sum = accepted(sumMaps([...terms(wide, left), { map: source(1), factor: -1 }], 'add'));
    expect(await weightsOf(sum)).toEqual([11, 21, 3]);
    expect([...sum.shift().bias]).toEqual([7]);
    expect([...sum.gain()]).toEqual([37]);
  });

  it('expands a dilated branch to the common grid', async () => {
    const wide = onto(source(1), conv([[[1, 2, 3]]], same));
    const dilated = onto(source(1), conv([[[5, 6, 7]]], windowFromPads(3, 1, 2, 2, 2)));
    const sum = accepted(sumMaps(terms(wide, dilated), 'add'));
    expect(await weightsOf(sum)).toEqual([5, 1, 8, 3, 7]);
    expect(pads(sum)).toEqual([2, 2]);
  });

  it('adds the one map of a value that is added to itself', async () => {
    const wide = onto(source(1), conv([[[1, 2, 3]]], same, [1]));
    const sum = accepted(sumMaps([...terms(wide, wide), { map: wide, factor: -4 }], 'add'));
    expect(await weightsOf(sum)).toEqual([-2, -4, -6]);
    expect([...sum.shift().bias]).toEqual([-2]);
    expect([...sum.shift().magnitude]).toEqual([6]);
  });

  it('repeats a single channel that is added to all', async () => {
    const one = onto(source(2), conv([[[1], [2]]], pointWindow, [4]));
    const sum = accepted(sumMaps(terms(source(2), one), 'add'));
    expect(await weightsOf(sum)).toEqual([2, 2, 1, 3]);
    expect([...sum.shift().bias]).toEqual([4, 4]);
  });

  it('refuses other strides, other windows and other channels', () => {
    const strided = onto(source(1), conv([[[1]]], windowFromPads(1, 2, 1, 0, 0)));
    const shorter = onto(source(1), conv([[[1, 1, 1]]], valid));
    const wider = onto(source(1), conv([[[1]], [[2]], [[3]]], pointWindow));
    const two = onto(source(1), conv([[[1]], [[2]]], pointWindow));
    const sum = (...maps: readonly AffineMap[]) => reason(sumMaps(terms(...maps), 'add'));
    expect(sum(source(1), strided)).toMatch(/different strides/);
    expect(sum(source(1), shorter)).toMatch(/different output windows/);
    expect(sum(two, wider)).toMatch(/different numbers of channels/);
    expect(sum(source(1), identityMap('x', 'channels-last', 1, []))).toMatch(/different kinds/);
  });

  it('takes windows of other extents where the length makes them agree', () => {
    const even = windowFromPads(3, 2, 1, 1, 1);
    const late = windowFromPads(3, 2, 1, 1, 0);
    const sum = (length: number | null) =>
      sumMaps(
        terms(
          onto(source(1, length), conv([[[1, 1, 1]]], even)),
          onto(source(1, length), conv([[[1, 1, 1]]], late)),
        ),
        'add',
      );
    expect([sum(6).ok, sum(7).ok, sum(null).ok]).toEqual([true, false, false]);
  });
});

describe('stackMaps and selectOutputs', () => {
  it('stack rows and pick them again', async () => {
    const wide = onto(source(1), conv([[[1, 2, 3]]], same, [7]));
    const stacked = accepted(stackMaps([source(1), wide], 'concat'));
    expect(await weightsOf(stacked)).toEqual([0, 1, 0, 1, 2, 3]);
    expect([...stacked.shift().bias]).toEqual([0, 7]);
    const picked = selectOutputs(stacked, [1, 1, 0], 'gather');
    expect(await weightsOf(picked)).toEqual([1, 2, 3, 1, 2, 3, 0, 1, 0]);
    expect([...picked.shift().bias]).toEqual([7, 7, 0]);
  });

  it('keep depthwise rows depthwise', async () => {
    const depthwise = onto(source(4), conv([[[1]], [[2]], [[3]], [[4]]], pointWindow, null, 4));
    const halves = [
      [0, 1],
      [2, 3],
    ].map((rows) => selectOutputs(depthwise, rows, 'split'));
    const stacked = accepted(stackMaps(halves, 'concat'));
    expect(await weightsOf(stacked)).toEqual([1, 2, 3, 4]);
  });
});

describe('moveWindow', () => {
  const pad = (begin: number, end: number): Move[] => [{ begin, end, step: 1 }];

  it('pads and crops without touching a weight', async () => {
    const wide = onto(source(1), conv([[[1, 2, 3]]], windowFromPads(3, 1, 1, 2, 2)));
    const moved = accepted(moveWindow(wide, pad(1, -1), null, 'pad'));
    expect(pads(moved)).toEqual([3, 1]);
    expect(await weightsOf(moved)).toEqual([1, 2, 3]);
  });

  it('moves in steps of the stride', () => {
    const strided = onto(source(1), conv([[[1, 2, 3]]], windowFromPads(3, 2, 1, 1, 1)));
    const moved = accepted(moveWindow(strided, [{ begin: -1, end: -1, step: 3 }], null, 'slice'));
    expect(moved.axes[0]).toMatchObject({ stride: 6, offset: 1, extent: -4 });
  });

  it('pads with the bias, and with nothing else', () => {
    const biased = onto(source(1), conv([[[2]], [[3]]], pointWindow, [0.5, -1]));
    const fill = (...values: number[]) =>
      moveWindow(biased, pad(1, 1), Float64Array.from(values), 'pad');
    expect(fill(0.5, -1).ok).toBe(true);
    expect(reason(fill(0.5, 1))).toMatch(/pads with a constant, but .* the bias of 'conv'/);
    expect(reason(moveWindow(biased, pad(1, 1), null, 'pad'))).toMatch(/pads with zeros, but/);
    expect(reason(moveWindow(source(1), pad(1, 1), Float64Array.of(1), 'pad'))).toMatch(/constant/);
  });

  it('tells a fill that was rounded from one that is wrong, and keeps the difference', () => {
    const biased = onto(source(1), conv([[[2]], [[3]]], pointWindow, [0.3, -1]));
    const rounded = Math.fround(0.3);
    const moved = accepted(moveWindow(biased, pad(1, 1), Float64Array.of(rounded, -1), 'pad'));
    expect([...moved.shift().slack]).toEqual([Math.abs(rounded - 0.3), 0]);
    const wrong = Float64Array.of(0.3001, -1);
    expect(moveWindow(biased, pad(1, 1), wrong, 'pad').ok).toBe(false);
  });

  it('refuses to pad what still sees the image', () => {
    const wide = onto(source(1), conv([[[1, 2, 3]]], same));
    expect(reason(moveWindow(wide, pad(1, 0), null, 'pad'))).toMatch(/still sees the image/);
    expect(reason(moveWindow(wide, pad(0, 1), null, 'pad'))).toMatch(/still sees the image/);
    const cropped = accepted(moveWindow(source(1), pad(-1, 0), null, 'slice'));
    expect(moveWindow(cropped, pad(1, 0), null, 'pad').ok).toBe(false);
    expect(moveWindow(cropped, pad(0, 1), null, 'pad').ok).toBe(true);
  });
});
