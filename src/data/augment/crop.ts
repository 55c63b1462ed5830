import { cut } from './cut.js';
import { below } from './random.js';
import { type Augmentation, pixels } from './step.js';

/** RandomCrop: as large as the image, out of the image with a black border. */
export const crop: Augmentation = {
  name: 'crop',
  summary: 'shifts the image by up to PADDING pixels; what comes in is black',
  source: 'RandomCrop of torchvision with padding; He et al. 2016, section 4.2',
  parameters: [pixels('padding', 4)],
  create: ([padding = 0]) => ({
    stage: 'pixels',
    size: null,
    apply(image, random) {
      const { height, width } = image;
      const top = below(2 * padding + 1, random) - padding;
      const left = below(2 * padding + 1, random) - padding;
      return cut(image, { top, left, height, width });
    },
  }),
};
