import type { Extent } from '../images/geometry.js';
import type { Image } from '../images/image.js';

/** A part of an image, or more than it: what lies outside is black. */
export interface Box extends Extent {
  readonly top: number;
  readonly left: number;
}

/** What a box of an image holds, as an image of its own. */
export function cut(image: Image, { top, left, height, width }: Box): Image {
  const { channels, pixels } = image;
  const out = new Uint8Array(channels * height * width);
  const [firstRow, lastRow] = [Math.max(0, top), Math.min(image.height, top + height)];
  const [first, last] = [Math.max(0, left), Math.min(image.width, left + width)];
  if (first < last) {
    for (let c = 0; c < channels; c++) {
      for (let y = firstRow; y < lastRow; y++) {
        const from = (c * image.height + y) * image.width;
        const to = (c * height + y - top) * width;
        out.set(pixels.subarray(from + first, from + last), to + first - left);
      }
    }
  }
  return { channels, height, width, pixels: out };
}
