import type { Sharp } from 'sharp';
import { inputError, ReparamError } from '../../errors.js';
import { shown } from '../text.js';
import type { Extent, Scaling } from './geometry.js';

/** An image as rows of red, green and blue, 8 or 16 bits each. */
export interface Pixels extends Extent {
  readonly data: Uint8Array | Uint16Array;
}

const channels = 3;

/** What sharp calls the formats that are read. SVG is not among them: it has no pixels of its own. */
const formats = ['jpeg', 'png', 'webp', 'gif', 'tiff', 'heif'];

type SharpFactory = typeof import('sharp')['default'];

/** Loads the native library on first use, so that who gives no images does not wait for it. */
async function loadSharp(): Promise<SharpFactory> {
  const sharp = await import('sharp').catch((cause: unknown) => {
    throw new ReparamError('environment', 'images need the package sharp, which does not load', {
      cause,
      hint: 'npm install --include=optional sharp',
    });
  });
  return sharp.default;
}

function undecodable(at: string, cause: unknown): ReparamError {
  const [reason = ''] = (cause as Error).message.trim().split('\n');
  return inputError(`${at} is no image that can be decoded: ${shown(reason)}`, {
    at,
    cause,
    hint: 'JPEG, PNG, WebP, GIF, TIFF and AVIF files are read',
  });
}

async function rawPixels(image: Sharp, wide: boolean): Promise<Pixels> {
  const { data, info } = await image
    // Otherwise 16 bits become 8 on the way.
    .toColourspace(wide ? 'rgb16' : 'srgb')
    .raw({ depth: wide ? 'ushort' : 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const { height, width } = info;
  const { buffer, byteOffset } = data;
  const count = height * width * channels;
  return {
    height,
    width,
    data: wide
      ? new Uint16Array(buffer, byteOffset, count)
      : new Uint8Array(buffer, byteOffset, count),
  };
}

/** Bits of a channel that are kept. @throws for pixels that are no colours, such as the floats of a TIFF file. */
function isWide(depth: string | undefined, at: string): boolean {
  if (depth === 'uchar' || depth === 'ushort') return depth === 'ushort';
  throw inputError(`${at} holds pixels of type ${depth}, which are no colours`, {
    at,
    hint: 'save them as an array, in a .npy file',
  });
}

/**
 * Decodes an image: the first frame, upright as EXIF says, in RGB. Transparency is dropped and the colours kept as they
 * are, and colour profiles of RGB images are not applied, both as Pillow's `convert('RGB')` and so torchvision does.
 * @throws ReparamError for what is no image or damaged, or when sharp is missing (code 'environment').
 */
export async function decodePixels(bytes: Uint8Array, at: string): Promise<Pixels> {
  const sharp = await loadSharp();
  try {
    // Warnings are about metadata: photographs with a few odd bytes are common, and other programs show them.
    const image = sharp(bytes, { failOn: 'error', ignoreIcc: true, autoOrient: true });
    const { depth, format } = await image.metadata();
    if (!formats.includes(format)) throw new Error(`it is of format ${format}`);
    return await rawPixels(image.removeAlpha(), isWide(depth, at));
  } catch (cause) {
    throw cause instanceof ReparamError ? cause : undecodable(at, cause);
  }
}

/**
 * Scales an image and cuts it, linearly with antialiasing. Within the image the results are those of Pillow's
 * `BILINEAR`; at its border, and where it is enlarged, they differ a little.
 */
export async function scalePixels(
  pixels: Pixels,
  { scaled, top, left }: Scaling,
  target: Extent,
): Promise<Pixels> {
  const { height, width, data } = pixels;
  const same = scaled.height === height && scaled.width === width;
  if (same && target.height === height && target.width === width) return pixels;
  const sharp = await loadSharp();
  const image = sharp(data, { raw: { height, width, channels } })
    .resize({ ...scaled, fit: 'fill', kernel: 'linear' })
    .extract({ ...target, top, left });
  return rawPixels(image, data instanceof Uint16Array);
}
