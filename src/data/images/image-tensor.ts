import { ReparamError } from '../../errors.js';
import { type DataType, isFloat, Tensor } from '../../tensor/index.js';
import { type Extent, type Fit, scalingTo } from './geometry.js';
import { decodePixels, type Pixels, scalePixels } from './pixels.js';

export interface ImageOptions {
  /** Size where the model leaves it open; the image's own by default. */
  readonly size?: Extent;
  readonly fit?: Fit;
  /** What the values 0 to 255 are multiplied with; 1/255 by default. */
  readonly scale?: number;
  /** Subtracted from the scaled values: one number, or one a channel. */
  readonly mean?: readonly number[];
  /** What the scaled values are divided by after that: one number, or one a channel. */
  readonly std?: readonly number[];
}

/** The tensor that an image becomes: [1, C, H, W], or [1, H, W, C] where the channels come last. */
export interface ImageTarget {
  readonly dtype: DataType;
  readonly channels: 1 | 3;
  readonly channelsLast: boolean;
  /** Null: as the options say, else the image's own. */
  readonly height: number | null;
  readonly width: number | null;
}

const usage = (message: string, hint?: string): ReparamError =>
  new ReparamError('usage', message, hint === undefined ? {} : { hint });

/** One number a channel. */
function perChannel(
  name: string,
  values: readonly number[] | undefined,
  channels: number,
  otherwise: number,
): number[] {
  const given = values ?? [otherwise];
  if (given.length !== 1 && given.length !== channels) {
    const images = channels === 1 ? 'one channel' : `${channels} channels`;
    throw usage(`${given.length} numbers were given as ${name} of images of ${images}`);
  }
  return Array.from({ length: channels }, (_, c) => given[given.length === 1 ? 0 : c] as number);
}

type Normalize = (level: number, channel: number) => number;

/**
 * What becomes of the values 0 to 255.
 * @throws ReparamError for options that do not fit the type or the channels.
 */
function normalization({ dtype, channels }: ImageTarget, options: ImageOptions): Normalize {
  const { scale = 1 / 255, mean, std } = options;
  if (!isFloat(dtype)) {
    if ((options.scale ?? mean ?? std) !== undefined) {
      throw usage(
        `scale, mean and std are for floating-point inputs; ${dtype} takes the values 0 to 255`,
      );
    }
    return Math.round;
  }
  const means = perChannel('mean', mean, channels, 0);
  const deviations = perChannel('std', std, channels, 1);
  if (deviations.includes(0)) throw usage('std must not be 0');
  return (level, c) => (level * scale - (means[c] as number)) / (deviations[c] as number);
}

/** Values from 0 to 255; those of 16 bits keep their fractions. */
function levels({ data }: Pixels, channels: 1 | 3): (pixel: number, channel: number) => number {
  const unit = data instanceof Uint16Array ? 257 : 1;
  const at = (index: number): number => data[index] as number;
  if (channels === 3) return (pixel, c) => at(3 * pixel + c) / unit;
  // The luma of ITU-R BT.601, as Pillow's convert('L').
  return (pixel) =>
    (299 * at(3 * pixel) + 587 * at(3 * pixel + 1) + 114 * at(3 * pixel + 2)) / (1000 * unit);
}

/**
 * Decodes an image file into a tensor for a model. Floating-point inputs get `(value · scale − mean) / std` of values
 * from 0 to 255, in the habit of torchvision and timm; others get the values themselves. Grey images become three equal
 * channels, colours become luma where the model takes one channel.
 * @param at the file's name for messages.
 * @returns [1, C, H, W] or [1, H, W, C].
 * @throws ReparamError for what is no image or damaged, for options that do not fit the target, or when sharp is
 *   missing (code 'environment').
 */
export async function decodeImage(
  bytes: Uint8Array,
  at: string,
  target: ImageTarget,
  options: ImageOptions = {},
): Promise<Tensor> {
  const normalize = normalization(target, options);
  const decoded = await decodePixels(bytes, at);
  const height = target.height ?? options.size?.height ?? decoded.height;
  const width = target.width ?? options.size?.width ?? decoded.width;
  const extent = { height, width };
  const scaling = scalingTo(decoded, extent, options.fit ?? 'crop');
  const pixels = await scalePixels(decoded, scaling, extent);

  const { channels, channelsLast, dtype } = target;
  const level = levels(pixels, channels);
  const count = height * width;
  const Values = dtype === 'float32' ? Float32Array : Float64Array;
  const values = new Values(count * channels);
  for (let pixel = 0; pixel < count; pixel++) {
    for (let c = 0; c < channels; c++) {
      const index = channelsLast ? pixel * channels + c : c * count + pixel;
      values[index] = normalize(level(pixel, c), c);
    }
  }
  const dims = channelsLast ? [1, height, width, channels] : [1, channels, height, width];
  return Tensor.fromNumbers(dtype, dims, values);
}
