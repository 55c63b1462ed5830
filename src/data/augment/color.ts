import type { Image } from '../images/image.js';

/** Changes of colour as torchvision defines them for images of bytes, rounding included. */

/** What an assignment to a byte rounds down. */
const clamped = (level: number): number => Math.min(255, Math.max(0, level));

/** Luma of ITU-R BT.601, rounded down. */
function greys({ channels, pixels }: Image): Uint8Array {
  if (channels !== 3) return pixels;
  const plane = pixels.length / 3;
  const out = new Uint8Array(plane);
  for (let i = 0; i < plane; i++) {
    out[i] =
      0.2989 * (pixels[i] as number) +
      0.587 * (pixels[plane + i] as number) +
      0.114 * (pixels[2 * plane + i] as number);
  }
  return out;
}

/** Each value moves away from `other`, one number for each pixel: factor 1 changes nothing, 0 gives `other`. */
function blended(image: Image, factor: number, other: Float64Array | Uint8Array): Image {
  const pixels = new Uint8Array(image.pixels.length);
  for (let start = 0; start < pixels.length; start += other.length) {
    for (let i = 0; i < other.length; i++) {
      const level = image.pixels[start + i] as number;
      pixels[start + i] = clamped(factor * level + (1 - factor) * (other[i] as number));
    }
  }
  return { ...image, pixels };
}

const uniformly = ({ height, width }: Image, level: number): Float64Array =>
  new Float64Array(height * width).fill(level);

export const withBrightness = (image: Image, factor: number): Image =>
  blended(image, factor, uniformly(image, 0));

export function withContrast(image: Image, factor: number): Image {
  const grey = greys(image);
  const mean = grey.reduce((sum, level) => sum + level, 0) / grey.length;
  return blended(image, factor, uniformly(image, mean));
}

export const withSaturation = (image: Image, factor: number): Image =>
  image.channels === 3 ? blended(image, factor, greys(image)) : image;

/** Hue in turns from red, of a colour that is not grey. */
function hueOf(r: number, g: number, b: number, most: number, range: number): number {
  if (most === r) return (g - b) / range / 6;
  return most === g ? 1 / 3 + (b - r) / range / 6 : 2 / 3 + (r - g) / range / 6;
}

/** How far red, green and blue are from the hue that lacks them, in sixths of a turn. */
const offsets = [5, 3, 1] as const;

/** @param shift in turns, −0.5 to 0.5. */
export function withHue(image: Image, shift: number): Image {
  if (image.channels !== 3) return image;
  const plane = image.pixels.length / 3;
  const pixels = new Uint8Array(image.pixels.length);
  for (let i = 0; i < plane; i++) {
    const r = (image.pixels[i] as number) / 255;
    const g = (image.pixels[plane + i] as number) / 255;
    const b = (image.pixels[2 * plane + i] as number) / 255;
    const most = Math.max(r, g, b);
    const range = most - Math.min(r, g, b);
    const hue = range === 0 ? 0 : hueOf(r, g, b, most, range) + shift;
    for (let c = 0; c < 3; c++) {
      const turned = (offsets[c] as number) / 6 + hue;
      const sixths = 6 * (turned - Math.floor(turned));
      const lack = Math.min(1, Math.max(0, Math.min(sixths, 4 - sixths)));
      // The factor makes every byte as wide as the others.
      pixels[c * plane + i] = 255.999 * (most - range * lack);
    }
  }
  return { ...image, pixels };
}
