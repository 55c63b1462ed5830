import { elementCount, isFloat } from '../../../tensor/index.js';
import { type Cause, type Difference, numberText } from './cause.js';

type Floats = Float32Array | Float64Array;

/** Elements as [N, channels, pixels]. */
interface Images {
  readonly x: Floats;
  readonly y: Floats;
  readonly batch: number;
  readonly channels: number;
  readonly spatial: readonly number[];
  readonly pixels: number;
}

function images({ answers }: Difference): Images | null {
  if (!answers) return null;
  const { expected, actual } = answers;
  const { dims } = expected;
  if (!isFloat(expected.dtype) || !isFloat(actual.dtype)) return null;
  if (dims.join() !== actual.dims.join() || dims.length < 2 || expected.size === 0) return null;
  const [batch = 1, channels = 1, ...spatial] = dims;
  const [x, y] = [expected.toFloats(), actual.toFloats()];
  return { x, y, batch, channels, spatial, pixels: elementCount(spatial) };
}

const largestError = ({ x, y }: Images): number => {
  let largest = 0;
  for (let i = 0; i < x.length; i++) {
    largest = Math.max(largest, Math.abs((x[i] as number) - (y[i] as number)));
  }
  return largest;
};

function largestOf(x: Floats): number {
  let largest = 0;
  for (const value of x) largest = Math.max(largest, Math.abs(value));
  return largest;
}

/** Rounding may add so much of the largest difference where the models agree. */
const negligible = 0.02;

/** The edges of an image at which a position lies. */
function edgesOf(position: number, spatial: readonly number[]): string[] {
  let rest = position;
  return spatial.toReversed().flatMap((length, i) => {
    const at = rest % length;
    rest = Math.floor(rest / length);
    const axis = spatial.length - 1 - i;
    const name = spatial.length === 2 ? ['row', 'column'][axis] : `position of axis ${axis + 2}`;
    return [...(at === 0 ? [`first ${name}`] : []), ...(at === length - 1 ? [`last ${name}`] : [])];
  });
}

/** Differences at the outermost positions alone. */
export const border: Cause = (difference) => {
  const all = images(difference);
  if (!all || all.pixels < 9) return [];
  const { x, y, spatial, pixels } = all;
  const limit = negligible * largestError(all);
  let common: readonly string[] | undefined;
  for (let i = 0; i < x.length; i++) {
    if (Math.abs((x[i] as number) - (y[i] as number)) <= limit) continue;
    const edges = edgesOf(i % pixels, spatial);
    if (edges.length === 0) return [];
    common = common === undefined ? edges : common.filter((edge) => edges.includes(edge));
  }
  const [only] = common ?? [];
  const where = only ? `in the ${only} alone` : 'at the border alone';
  return [
    `they differ ${where}: the padding is another one (pads, or zeros in place of a border that holds the bias)`,
  ];
};

/** Least squares y = scale · x + shift over one channel, and the largest error that is left. */
function fitChannel({ x, y, batch, channels, pixels }: Images, channel: number) {
  let [n, sx, sy, sxx, sxy] = [0, 0, 0, 0, 0];
  const each = (visit: (a: number, b: number) => void): void => {
    for (let image = 0; image < batch; image++) {
      const start = (image * channels + channel) * pixels;
      for (let i = start; i < start + pixels; i++) visit(x[i] as number, y[i] as number);
    }
  };
  each((a, b) => {
    n++;
    sx += a;
    sy += b;
    sxx += a * a;
    sxy += a * b;
  });
  const spread = n * sxx - sx * sx;
  const scale = spread > 1e-12 * n * sxx ? (n * sxy - sx * sy) / spread : 1;
  const shift = (sy - scale * sx) / n;
  let residual = 0;
  each((a, b) => {
    residual = Math.max(residual, Math.abs(b - scale * a - shift));
  });
  return { scale, shift, residual };
}

/** The same but for a factor and a summand a channel: what BatchNormalization and biases do. */
export const channelwise: Cause = (difference) => {
  const all = images(difference);
  if (!all || all.batch * all.pixels < 4 || all.channels > 4096) return [];
  const largest = largestError(all);
  const fits = Array.from({ length: all.channels }, (_, channel) => fitChannel(all, channel));
  if (fits.some(({ residual }) => residual > negligible * largest)) return [];
  const shifted = fits.some(({ shift }) => Math.abs(shift) > negligible * largest);
  const scales = fits.map(({ scale }) => scale);
  const magnitude = largestOf(all.x);
  const scaled = scales.some((scale) => Math.abs(scale - 1) * magnitude > negligible * largest);
  if (scaled && !shifted) {
    const range = `${numberText(Math.min(...scales))} to ${numberText(Math.max(...scales))}`;
    return [
      `every channel is the same but for a factor (${range}): another scale, variance or epsilon of BatchNormalization`,
    ];
  }
  if (shifted && !scaled) {
    return ['every channel is the same but for a constant: a missing or another bias'];
  }
  return scaled
    ? [
        'every channel is the same but for a factor and a constant: other parameters, statistics or epsilon of BatchNormalization',
      ]
    : [];
};

/** Channels in another order. */
export const permutedChannels: Cause = (difference) => {
  const all = images(difference);
  if (!all || all.channels < 2 || all.channels > 1024) return [];
  const { x, y, channels, pixels } = all;
  const limit = 1e-3 * largestOf(x);
  const same = (a: number, b: number): boolean => {
    for (let i = 0; i < pixels; i++) {
      const gap = (x[a * pixels + i] as number) - (y[b * pixels + i] as number);
      if (Math.abs(gap) > limit) return false;
    }
    return true;
  };
  const moved: string[] = [];
  for (let channel = 0; channel < channels; channel++) {
    if (same(channel, channel)) continue;
    const from = Array.from({ length: channels }, (_, i) => i).find((i) => same(i, channel));
    if (from === undefined) return [];
    moved.push(`${channel} is ${from}`);
  }
  if (moved.length === 0) return [];
  const shown = moved.slice(0, 4).join(', ');
  return [`channels are in another order (${moved.length > 4 ? `${shown}, …` : shown})`];
};

/** Shapes that hold the same lengths in another order, or images whose rows and columns are swapped. */
export const layout: Cause = (difference) => {
  if (!difference.answers) return [];
  const { expected, actual } = difference.answers;
  const sorted = (dims: readonly number[]) => dims.toSorted((a, b) => a - b).join();
  if (expected.dims.join() !== actual.dims.join()) {
    return sorted(expected.dims) === sorted(actual.dims)
      ? [`the layout differs: ${actual.dims.join('x')} against ${expected.dims.join('x')}`]
      : [];
  }
  const all = images(difference);
  const [height, width] = all?.spatial ?? [];
  if (all?.spatial.length !== 2 || !height || height !== width || height < 2) return [];
  const { x, y, pixels } = all;
  const limit = negligible * largestError(all);
  for (let i = 0; i < x.length; i++) {
    const pixel = i % pixels;
    const turned = i - pixel + (pixel % width) * width + Math.floor(pixel / width);
    if (Math.abs((x[turned] as number) - (y[i] as number)) > limit) return [];
  }
  return ['rows and columns are swapped: the layout or a kernel is transposed'];
};

const shifts = [-2, -1, 0, 1, 2];

/** The same images, moved by a pixel or two: pads that are right in sum, but not on either side. */
export const shifted: Cause = (difference) => {
  const all = images(difference);
  const [height = 0, width = 0] = all?.spatial ?? [];
  if (all?.spatial.length !== 2 || height < 8 || width < 8) return [];
  const limit = negligible * largestError(all);
  if (isMoved(all, height, width, 0, 0, limit)) return [];
  for (const down of shifts) {
    for (const right of shifts) {
      if ((down !== 0 || right !== 0) && isMoved(all, height, width, down, right, limit)) {
        return [
          `the image is moved by ${down} rows and ${right} columns: the pads of one side belong to the other`,
        ];
      }
    }
  }
  return [];
};

/** Whether y at a pixel is x `down` and `right` of it, borders left out. */
function isMoved(
  { x, y, batch, channels, pixels }: Images,
  height: number,
  width: number,
  down: number,
  right: number,
  limit: number,
): boolean {
  const margin = 3;
  for (let image = 0; image < batch * channels; image++) {
    for (let row = margin; row < height - margin; row++) {
      for (let column = margin; column < width - margin; column++) {
        const at = image * pixels + row * width + column;
        const gap = (y[at] as number) - (x[at + down * width + right] as number);
        if (Math.abs(gap) > limit) return false;
      }
    }
  }
  return true;
}
