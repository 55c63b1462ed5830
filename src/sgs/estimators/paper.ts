import { elementCount } from '../../tensor/index.js';
import {
  boxSize,
  halfOfDisplacements,
  type Pairs,
  scalingFrom,
  seenPairs,
} from '../displacements.js';
import { jointCells, rangeOf, sturges } from '../histogram.js';
import { multiplyOdds, normalizedInformation } from '../normalized-information.js';
import type { ConvWindow } from '../window.js';
import { type Estimator, type FeatureMap, notFinite, ones, paperSource } from './estimator.js';

/** Keeps the highest value inside the last bin. */
const margin = 1e-12;

/** Values of the pairs, all images one after the other. */
interface Values {
  readonly first: Float32Array;
  readonly second: Float32Array;
}

const paddedLengths = (dims: readonly number[], { padsBegin, padsEnd }: ConvWindow) => {
  const pads = padsBegin.map((begin, axis) => begin + (padsEnd[axis] as number));
  const [height, width] = dims.slice(2) as [number, number];
  return [height + (pads[1] as number), width + (pads[0] as number)] as const;
};

/** One channel [N, H, W] with its padding of zeros: the one of the height at the width and the other way round. */
function paddedChannel({ data, dims }: FeatureMap, channel: number, window: ConvWindow) {
  const [images, channels, height, width] = dims as [number, number, number, number];
  const [tall, wide] = paddedLengths(dims, window);
  const [beginOfHeight, beginOfWidth] = window.padsBegin as [number, number];
  const values = new Float32Array(images * tall * wide);
  for (let n = 0; n < images; n++) {
    for (let row = 0; row < height; row++) {
      const from = ((n * channels + channel) * height + row) * width;
      const to = (n * tall + row + beginOfWidth) * wide + beginOfHeight;
      values.set(data.subarray(from, from + width), to);
    }
  }
  return values;
}

/** A window that sees every pair: the paper's code knows neither strides nor dilations. */
const everywhere = ({ kernel }: ConvWindow): ConvWindow => ({
  kernel,
  strides: [1, 1],
  dilations: [1, 1],
  padsBegin: kernel,
  padsEnd: kernel,
});

function valuesOf(
  values: Float32Array,
  plane: number,
  { starts, offset }: Pairs,
  removeZeros: boolean,
): Values {
  const first = new Float32Array((values.length / plane) * starts.length);
  const second = new Float32Array(first.length);
  let count = 0;
  for (let base = 0; base < values.length; base += plane) {
    for (const start of starts) {
      const [a, b] = [values[base + start] as number, values[base + start + offset] as number];
      if (removeZeros && (a === 0 || b === 0)) continue;
      first[count] = a;
      second[count] = b;
      count++;
    }
  }
  return { first: first.subarray(0, count), second: second.subarray(0, count) };
}

function histogramOf({ first, second }: Values, bins: number): Uint32Array {
  const joint = new Uint32Array(jointCells);
  const [x, y] = [first, second].map((values) => rangeOf(values, 0, values.length, false)) as [
    ReturnType<typeof rangeOf>,
    ReturnType<typeof rangeOf>,
  ];
  const scales = [x, y].map(({ low, high }) => bins / (high + margin - low)) as [number, number];
  for (let i = 0; i < first.length; i++) {
    const row = Math.min(bins - 1, Math.floor(((first[i] as number) - x.low) * scales[0]));
    const column = Math.min(bins - 1, Math.floor(((second[i] as number) - y.low) * scales[1]));
    joint[32 * row + column] = (joint[32 * row + column] as number) + 1;
  }
  return joint;
}

/** With the removal of zeros go the pairs whose two values lie in bins of the same number, and what is not known is 0. */
function information(values: Values, removeZeros: boolean): number {
  const pairs = values.first.length;
  if (pairs === 0) return removeZeros ? 0 : Number.NaN;
  const bins = sturges(pairs);
  const joint = histogramOf(values, bins);
  if (!removeZeros) return normalizedInformation(joint, bins, false);
  for (let i = 0; i < bins; i++) joint[33 * i] = 0;
  return normalizedInformation(joint, bins, false) || 0;
}

/** The paper's code has figures for these only: it skips kernels of one row, and fails where sides differ or are even. */
const isKnown = ({ kernel: [height = 0, width = 0, ...more] }: ConvWindow): boolean =>
  more.length === 0 && height === width && height > 1 && height % 2 === 1;

/**
 * What the code of the paper measures, with its faults: zeros of the padding count as pixels, the padding of height and
 * width is exchanged, strides and dilations are ignored, the bias stays, zeros are removed together with the diagonal of
 * the histogram. All batches are one sample. Where that code leaves a layer out or fails (kernels that are not odd and
 * square, layers without a channel that varies), G is 1.
 */
export const paper: Estimator = {
  name: 'paper',
  source: paperSource,
  description: "the figures of the paper's code, faults included: for comparison",
  pooled: true,
  estimate(feature, window, { k = 5, removeZeros = false } = {}) {
    const { kernel } = window;
    if (!isKnown(window)) return ones(kernel);
    const spatial = paddedLengths(feature.dims, window);
    const plane = elementCount(spatial);
    const half = halfOfDisplacements(kernel).map((displacement) => ({
      index: displacement.index,
      pairs: seenPairs(spatial, everywhere(window), displacement),
    }));
    const sums = new Float64Array(boxSize(kernel));
    const counts = new Float64Array(sums.length);
    const channels = feature.dims[1] as number;
    for (let channel = 0; channel < channels; channel++) {
      const values = paddedChannel(feature, channel, window);
      if (!rangeOf(values, 0, values.length, false).finite) throw notFinite(channel);
      for (const { index, pairs } of half) {
        const found = information(valuesOf(values, plane, pairs, removeZeros), removeZeros);
        if (Number.isNaN(found)) continue;
        sums[index] = (sums[index] as number) + multiplyOdds(found, k);
        counts[index] = (counts[index] as number) + 1;
      }
    }
    if (half.some(({ index }) => counts[index] === 0)) return ones(kernel);
    return scalingFrom(
      kernel,
      sums.map((sum, i) => sum / (counts[i] as number)),
    );
  },
};
