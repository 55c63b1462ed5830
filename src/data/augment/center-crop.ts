import { half } from '../images/geometry.js';
import { cut } from './cut.js';
import { type Augmentation, pixels } from './step.js';

/** Where `size` pixels in the middle of a side begin; before it where the side is shorter, half a pixel rounded up. */
const start = (length: number, size: number): number =>
  size > length ? -Math.floor((size - length) / 2) : half(length - size);

/** Smaller images get a black border. */
export const centerCrop: Augmentation = {
  name: 'centercrop',
  summary: 'keeps a square of SIZE pixels in the middle',
  source: 'CenterCrop of torchvision',
  parameters: [pixels('size', 224)],
  create: ([size = 0]) => ({
    stage: 'pixels',
    size: { height: size, width: size },
    apply: (image) =>
      cut(image, {
        top: start(image.height, size),
        left: start(image.width, size),
        height: size,
        width: size,
      }),
  }),
};
