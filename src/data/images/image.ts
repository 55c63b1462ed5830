import { decodePixels } from './pixels.js';

/** An image as training sees it: values from 0 to 255. */
export interface Image {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** [C, H, W] */
  readonly pixels: Uint8Array;
}

/**
 * Decodes an image file to red, green and blue planes; grey images become three equal ones, 16 bits become 8.
 * @param at the file's name for messages.
 * @throws ReparamError for what is no image or damaged, or when sharp is missing (code 'environment').
 */
export async function decodePlanes(bytes: Uint8Array, at: string): Promise<Image> {
  const { height, width, data } = await decodePixels(bytes, at);
  const plane = height * width;
  const pixels = new Uint8Array(3 * plane);
  const levels = data instanceof Uint16Array ? data.map((level) => Math.round(level / 257)) : data;
  for (let c = 0; c < 3; c++) {
    for (let i = 0; i < plane; i++) pixels[c * plane + i] = levels[3 * i + c] as number;
  }
  return { channels: 3, height, width, pixels };
}
