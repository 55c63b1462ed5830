import { resized } from './resample.js';
import { type Augmentation, pixels } from './step.js';

export const resize: Augmentation = {
  name: 'resize',
  summary: 'scales the shorter side to HEIGHT, or the whole image to HEIGHT and WIDTH',
  source: 'Resize of torchvision',
  parameters: [pixels('height', 256), pixels('width', 0, 0)],
  create: ([height = 0, width = 0]) => ({
    stage: 'pixels',
    size: width === 0 ? null : { height, width },
    apply(image) {
      if (width > 0) return resized(image, { height, width });
      const scale = height / Math.min(image.height, image.width);
      const scaled = (length: number, other: number): number =>
        length <= other ? height : Math.max(1, Math.floor(scale * length));
      return resized(image, {
        height: scaled(image.height, image.width),
        width: scaled(image.width, image.height),
      });
    },
  }),
};
