import { accept, refuse, type Verdict } from '../errors.js';
import {
  type AffineMap,
  type Evaluation,
  kernelOf,
  memoize,
  type Shift,
  zeroShift,
} from './affine.js';
import { addInto, type Kernel, selectRows, tapIndices, zeroKernel } from './kernel.js';
import { finestGroup, type Reach, selectReach, stackReach, sumReach } from './reach.js';
import { outputLength, unionWindows, type Window } from './window.js';

interface Term {
  readonly map: AffineMap;
  readonly factor: number;
  /** First output channel that the term writes. */
  readonly row: number;
}

/** `A + B, A − B, Sum → one map`: exact when all see the same output window. */
export function sumMaps(
  terms: readonly { readonly map: AffineMap; readonly factor: number }[],
  label: string,
): Verdict<AffineMap> {
  const outputs = Math.max(...terms.map((term) => term.map.outputs));
  const wide = terms.map(({ map, factor }) => ({
    factor,
    row: 0,
    map: map.outputs === 1 && outputs > 1 ? repeatChannel(map, outputs) : map,
  }));
  if (wide.some((term) => term.map.outputs !== outputs)) {
    return refuse('its branches have different numbers of channels', label);
  }
  const axes = commonWindows(
    wide.map((term) => term.map),
    label,
  );
  if (!axes.ok) return axes;
  const reach = sumReach(wide.map((term) => term.map.reach));
  return accept(superpose(wide, outputs, axes.value, reach, { kind: 'sum', label }));
}

/** `Concat of maps on the channel axis → one map`. */
export function stackMaps(maps: readonly AffineMap[], label: string): Verdict<AffineMap> {
  const axes = commonWindows(maps, label);
  if (!axes.ok) return axes;
  let row = 0;
  const terms = maps.map((map) => {
    const term = { map, factor: 1, row };
    row += map.outputs;
    return term;
  });
  const reach = stackReach(maps.map((map) => map.reach));
  return accept(superpose(terms, row, axes.value, reach, { kind: 'stack', label }));
}

/** `Split, Slice, Gather on the channel axis → the rows they keep`. */
export function selectOutputs(map: AffineMap, rows: readonly number[], label: string): AffineMap {
  const reach = selectReach(map.reach, rows);
  const group = finestGroup(reach, map.inputs);
  const pick = (vector: Float64Array): Float64Array =>
    Float64Array.from(rows, (row) => vector[row] as number);
  return {
    ...map,
    outputs: rows.length,
    reach,
    part: { kind: 'select', label, children: [map] },
    shift: memoize(() => {
      const shift = map.shift();
      return {
        bias: pick(shift.bias),
        magnitude: pick(shift.magnitude),
        slack: pick(shift.slack),
      };
    }),
    gain: memoize(() => pick(map.gain())),
    kernel: async (evaluation) => selectRows(await kernelOf(map, evaluation), rows, group),
  };
}

const repeatChannel = (map: AffineMap, outputs: number): AffineMap =>
  selectOutputs(map, Array<number>(outputs).fill(0), map.part.label);

/** The union of the windows, when all maps have as many outputs for every input that the source can be. */
function commonWindows(maps: readonly AffineMap[], label: string): Verdict<readonly Window[]> {
  const first = maps[0] as AffineMap;
  for (const map of maps) {
    const alike = map.layout === first.layout && map.transposed === first.transposed;
    if (!alike || String(map.frame) !== String(first.frame)) {
      return refuse('its branches are of different kinds', label);
    }
  }
  const axes: Window[] = [];
  for (const [axis, base] of first.axes.entries()) {
    const windows = maps.map((map) => map.axes[axis] as Window);
    const length = first.lengths[axis] ?? null;
    for (const window of windows) {
      if (window.stride !== base.stride)
        return refuse('its branches have different strides', label);
      if (window.extent === base.extent) continue;
      const same =
        length !== null &&
        !first.transposed &&
        outputLength(window, length) === outputLength(base, length);
      if (!same) return refuse('its branches have different output windows', label);
    }
    axes.push(unionWindows(windows));
  }
  return accept(axes);
}

function superpose(
  terms: readonly Term[],
  outputs: number,
  axes: readonly Window[],
  reach: Reach,
  part: { readonly kind: 'sum' | 'stack'; readonly label: string },
): AffineMap {
  const maps = terms.map((term) => term.map);
  const first = maps[0] as AffineMap;
  const group = finestGroup(reach, first.inputs);
  return {
    layout: first.layout,
    transposed: first.transposed,
    frame: first.frame,
    inputs: first.inputs,
    outputs,
    axes,
    lengths: first.lengths,
    reach,
    biased: maps.some((map) => map.biased),
    length: Math.max(...maps.map((map) => map.length)) + (part.kind === 'sum' ? maps.length : 0),
    part: { ...part, children: maps },
    shift: memoize(() => superposeShifts(terms, outputs)),
    gain: memoize(() => superposeVectors(terms, outputs, (map) => map.gain(), Math.abs)),
    kernel: (evaluation) => superposedKernel(terms, outputs, axes, group, evaluation),
  };
}

async function superposedKernel(
  terms: readonly Term[],
  outputs: number,
  axes: readonly Window[],
  group: number,
  evaluation: Evaluation,
): Promise<Kernel> {
  const size = axes.map((w) => w.size);
  const covers = ({ map, factor }: Term): boolean =>
    factor === 1 && map.outputs === outputs && map.axes.every((w, i) => w.size === size[i]);
  // A term that covers the whole grid becomes the sum: kernels are large.
  const base = terms.find(covers);
  const sum = base && (await kernelOf(base.map, evaluation));
  const inputs = (terms[0] as Term).map.inputs;
  const target = sum?.group === group ? sum : zeroKernel(outputs, inputs, group, size);
  for (const term of terms) {
    const { map, factor, row } = term;
    const kernel = term === base && sum ? sum : await kernelOf(map, evaluation);
    if (kernel !== target) addInto(target, kernel, tapsWithin(map, axes), factor, row);
  }
  return target;
}

function tapsWithin(map: AffineMap, axes: readonly Window[]): Int32Array {
  return tapIndices(
    map.axes.map((w) => w.size),
    axes.map((w) => w.size),
    axes.map((w, i) => ((map.axes[i] as Window).offset - w.offset) / w.dilation),
    axes.map((w, i) => {
      const window = map.axes[i] as Window;
      return window.size > 1 ? window.dilation / w.dilation : 0;
    }),
  );
}

function superposeVectors(
  terms: readonly Term[],
  outputs: number,
  vectorOf: (map: AffineMap) => Float64Array,
  weigh: (factor: number) => number,
): Float64Array {
  const out = new Float64Array(outputs);
  for (const { map, factor, row } of terms) {
    vectorOf(map).forEach((value, o) => {
      out[row + o] = (out[row + o] as number) + weigh(factor) * value;
    });
  }
  return out;
}

function superposeShifts(terms: readonly Term[], outputs: number): Shift {
  const biased = terms.filter((term) => term.map.biased);
  if (biased.length === 0) return zeroShift(outputs);
  const identity = (factor: number): number => factor;
  return {
    bias: superposeVectors(biased, outputs, (map) => map.shift().bias, identity),
    magnitude: superposeVectors(biased, outputs, (map) => map.shift().magnitude, Math.abs),
    slack: superposeVectors(biased, outputs, (map) => map.shift().slack, Math.abs),
  };
}
