import type { Extent } from '../images/geometry.js';
import { type Box, cut } from './cut.js';
import { below, between, type Random } from './random.js';
import { resized } from './resample.js';
import { type Augmentation, pixels } from './step.js';

/** Widths by heights, the narrowest and the widest. */
const ratios = [3 / 4, 4 / 3] as const;

const attempts = 10;

/** The largest box in the middle whose proportions are allowed. */
function middle({ height, width }: Extent): Box {
  const [narrowest, widest] = ratios;
  const box = {
    height: width / height < narrowest ? Math.round(width / narrowest) : height,
    width: width / height > widest ? Math.round(height * widest) : width,
  };
  return {
    ...box,
    top: Math.floor((height - box.height) / 2),
    left: Math.floor((width - box.width) / 2),
  };
}

/** A box of random area (a part of the image's from `least` to `most`), proportions and place. */
export function randomBox(image: Extent, least: number, most: number, random: Random): Box {
  const [narrowest, widest] = ratios.map(Math.log) as [number, number];
  for (let i = 0; i < attempts; i++) {
    const area = image.height * image.width * between(least, most, random);
    const ratio = Math.exp(between(narrowest, widest, random));
    const width = Math.round(Math.sqrt(area * ratio));
    const height = Math.round(Math.sqrt(area / ratio));
    if (width < 1 || height < 1 || width > image.width || height > image.height) continue;
    const top = below(image.height - height + 1, random);
    const left = below(image.width - width + 1, random);
    return { top, left, height, width };
  }
  return middle(image);
}

export const resizedCrop: Augmentation = {
  name: 'resizedcrop',
  summary: 'scales a random part, LEAST to MOST of the area, to SIZE pixels',
  source: 'RandomResizedCrop of torchvision; Szegedy et al. 2015',
  parameters: [
    pixels('size', 224),
    { name: 'least', otherwise: 0.08, least: 0.001, most: 1 },
    { name: 'most', otherwise: 1, least: 0.001, most: 1 },
  ],
  create: ([size = 0, least = 0, most = 0]) => ({
    stage: 'pixels',
    size: { height: size, width: size },
    apply(image, random) {
      const box = randomBox(image, least, most, random);
      return resized(cut(image, box), { height: size, width: size });
    },
  }),
};
