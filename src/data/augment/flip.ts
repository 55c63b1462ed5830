import type { Image } from '../images/image.js';
import type { Augmentation } from './step.js';

/** The image in a mirror: left and right change places. */
export function flipped(image: Image): Image {
  const { width, pixels } = image;
  const out = new Uint8Array(pixels.length);
  for (let start = 0; start < pixels.length; start += width) {
    const end = start + width - 1;
    for (let x = 0; x < width; x++) out[start + x] = pixels[end - x] as number;
  }
  return { ...image, pixels: out };
}

export const flip: Augmentation = {
  name: 'flip',
  summary: 'flips left and right with PROBABILITY',
  source: 'RandomHorizontalFlip of torchvision',
  parameters: [{ name: 'probability', otherwise: 0.5, least: 0, most: 1 }],
  create: ([probability = 0]) => ({
    stage: 'pixels',
    size: null,
    apply: (image, random) => (random() < probability ? flipped(image) : image),
  }),
};
