import { elementCount } from '../../tensor/index.js';
import {
  boxSize,
  type Displacement,
  halfOfDisplacements,
  type Pairs,
  scalingFrom,
  seenPairs,
} from '../displacements.js';
import { binValues, countPairs, jointCells, maskPairs, rangeOf, sturges } from '../histogram.js';
import { multiplyOdds, normalizedInformation } from '../normalized-information.js';
import type { ConvWindow } from '../window.js';
import { type Estimator, type FeatureMap, notFinite, ones, paperSource } from './estimator.js';

/** Of fewer pairs no dependence can be told from chance. */
const fewestPairs = 16;

/** At least so many pairs for each cell of the histogram: the correction is exact without dependence only. */
const pairsPerCell = 2;

const binsFor = (pairs: number): number =>
  Math.min(sturges(pairs), Math.floor(Math.sqrt(pairs / pairsPerCell)));

type Measured = Displacement & Pairs;

/** Displacements at which the feature map has pairs that the convolution sees. */
const measuredPairs = (spatial: readonly number[], window: ConvWindow): Measured[] =>
  halfOfDisplacements(window.kernel)
    .map((displacement) => ({ ...displacement, ...seenPairs(spatial, window, displacement) }))
    .filter(({ starts }) => starts.length > 0);

/** Calls `use` with the bins [N, plane] of each channel that varies. */
function eachChannel(
  { data, dims }: FeatureMap,
  bins: number,
  skipZeros: boolean,
  use: (binned: Uint8Array) => void,
): void {
  const [images = 0, channels = 0, ...spatial] = dims;
  const plane = elementCount(spatial);
  const binned = new Uint8Array(images * plane);
  for (let channel = 0; channel < channels; channel++) {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    const starts = Array.from({ length: images }, (_, n) => (n * channels + channel) * plane);
    for (const start of starts) {
      const range = rangeOf(data, start, start + plane, skipZeros);
      if (!range.finite) throw notFinite(channel);
      low = Math.min(low, range.low);
      high = Math.max(high, range.high);
    }
    if (!(low < high)) continue;
    starts.forEach((start, n) => {
      const target = binned.subarray(n * plane, (n + 1) * plane);
      binValues(data, start, { low, high, bins, skipZeros }, target);
    });
    use(binned);
  }
}

/**
 * What the paper means to measure. Against its code:
 *
 * - Only pairs of pixels inside the image that some output sees at the same time count: no zeros of the padding, which
 *   depend on each other; strides, dilations, lengths and axes as they are; kernels of every shape.
 * - Values are put into bins once a channel, over its whole range, so that all displacements are measured alike. Bins
 *   follow Sturges' rule for the displacement with the fewest pairs, but a cell gets two pairs at least.
 * - What chance adds to an estimate, about `(bins − 1)² ÷ 2n` nats, is taken out ({@link normalizedInformation}).
 * - Channels that do not vary say nothing and are left out. The odds are multiplied channel by channel, as in the
 *   paper; negative estimates are set to 0 only after the mean, since else chance would add up.
 *
 * Under independence an estimate's standard error is about `k·√(2f) ÷ (2n·H·√C)`, for C channels, n pairs, the joint
 * entropy H in nats and f = (rows − 1)·(columns − 1) degrees of freedom of the histogram.
 */
export const corrected: Estimator = {
  name: 'corrected',
  source: paperSource,
  description: 'inside the image, bias removed, every kernel, stride and dilation',
  pooled: false,
  estimate(feature, window, { k = 5, removeZeros = false } = {}) {
    const [images = 0, , ...spatial] = feature.dims;
    const pairs = measuredPairs(spatial, window);
    const fewest = images * Math.min(...pairs.map(({ starts }) => starts.length));
    if (pairs.length === 0 || fewest < fewestPairs) return ones(window.kernel);
    const bins = binsFor(fewest);
    const sums = new Float64Array(boxSize(window.kernel));
    const channels = new Float64Array(sums.length);
    const joint = new Uint32Array(2 * jointCells);
    const plane = elementCount(spatial);
    const masked = pairs.map((pair) => ({ index: pair.index, pairs: maskPairs(pair, plane) }));
    eachChannel(feature, bins, removeZeros, (binned) => {
      for (const { index, pairs } of masked) {
        countPairs(binned, pairs, joint);
        const information = normalizedInformation(joint, bins, true);
        if (Number.isNaN(information)) continue;
        sums[index] = (sums[index] as number) + multiplyOdds(information, k);
        channels[index] = (channels[index] as number) + 1;
      }
    });
    const dependence = sums.map((sum, i) => Math.max(0, sum / (channels[i] as number)));
    return scalingFrom(window.kernel, dependence);
  },
};
