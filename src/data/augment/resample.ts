import type { Extent } from '../images/geometry.js';
import type { Image } from '../images/image.js';

/** For each place of the output: where its window of the input begins, and the weights in it. */
interface Taps {
  readonly starts: Int32Array;
  /** Of each place `width` weights, the unused ones 0. */
  readonly weights: Float64Array;
  readonly width: number;
}

/** A triangle as wide as one pixel of the coarser side, cut off at the borders: `BILINEAR` of Pillow. */
function taps(from: number, to: number): Taps {
  const scale = from / to;
  const reach = Math.max(1, scale);
  const width = Math.min(from, 2 * Math.ceil(reach) + 1);
  const starts = new Int32Array(to);
  const weights = new Float64Array(to * width);
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale;
    const start = Math.max(0, Math.floor(centre - reach + 0.5));
    const end = Math.min(from, Math.floor(centre + reach + 0.5));
    starts[i] = start;
    let sum = 0;
    for (let k = start; k < end; k++) {
      const weight = Math.max(0, 1 - Math.abs(k + 0.5 - centre) / reach);
      weights[i * width + k - start] = weight;
      sum += weight;
    }
    for (let k = 0; k < width; k++) weights[i * width + k] = (weights[i * width + k] ?? 0) / sum;
  }
  return { starts, weights, width };
}

/** Scales each row; the result is the transposed image, so that two calls scale both axes. */
function scaleRows(values: Float32Array, from: Extent, to: number): Float32Array {
  const { starts, weights, width } = taps(from.width, to);
  const planes = values.length / (from.height * from.width);
  const out = new Float32Array(planes * from.height * to);
  for (let plane = 0; plane < planes; plane++) {
    for (let y = 0; y < from.height; y++) {
      const row = (plane * from.height + y) * from.width;
      const target = plane * from.height * to + y;
      for (let i = 0; i < to; i++) {
        const start = starts[i] as number;
        const used = Math.min(width, from.width - start);
        let sum = 0;
        for (let k = 0; k < used; k++) {
          sum += (weights[i * width + k] as number) * (values[row + start + k] as number);
        }
        out[target + i * from.height] = sum;
      }
    }
  }
  return out;
}

/**
 * Scales an image linearly with antialiasing, as Pillow's `BILINEAR` and torchvision's `antialias=True`, with one
 * rounding at the end.
 */
export function resized(image: Image, { height, width }: Extent): Image {
  if (image.height === height && image.width === width) return image;
  const columns = scaleRows(new Float32Array(image.pixels), image, width);
  const values = scaleRows(columns, { height: width, width: image.height }, height);
  const pixels = new Uint8Array(values.length);
  for (let i = 0; i < pixels.length; i++) pixels[i] = (values[i] as number) + 0.5;
  return { channels: image.channels, height, width, pixels };
}
