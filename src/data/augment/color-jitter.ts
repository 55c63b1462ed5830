import type { Image } from '../images/image.js';
import { withBrightness, withContrast, withHue, withSaturation } from './color.js';
import { between, permutation } from './random.js';
import type { Augmentation, Parameter } from './step.js';

const strength = (name: string, otherwise: number, most: number): Parameter => ({
  name,
  otherwise,
  least: 0,
  most,
});

/** A change, and the factor that changes nothing. */
const changes: readonly (readonly [change: (image: Image, by: number) => Image, rest: number])[] = [
  [withBrightness, 1],
  [withContrast, 1],
  [withSaturation, 1],
  [withHue, 0],
];

export const colorJitter: Augmentation = {
  name: 'jitter',
  summary: 'changes BRIGHTNESS, CONTRAST, SATURATION and HUE by up to these, in random order',
  source: 'ColorJitter of torchvision; defaults of timm',
  parameters: [
    strength('brightness', 0.4, 10),
    strength('contrast', 0.4, 10),
    strength('saturation', 0.4, 10),
    strength('hue', 0, 0.5),
  ],
  create: (strengths) => ({
    stage: 'pixels',
    size: null,
    apply(image, random) {
      let result = image;
      for (const i of permutation(changes.length, random)) {
        const [change, rest] = changes[i] as (typeof changes)[number];
        const most = strengths[i] ?? 0;
        if (most === 0) continue;
        const least = rest === 0 ? -most : Math.max(0, rest - most);
        result = change(result, between(least, rest + most, random));
      }
      return result;
    },
  }),
};
