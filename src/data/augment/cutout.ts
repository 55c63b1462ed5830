import { below } from './random.js';
import { type Augmentation, pixels } from './step.js';

/** A square around a random point, so that part of it may lie outside. */
export const cutout: Augmentation = {
  name: 'cutout',
  summary: 'replaces a square of SIZE pixels by the mean colour of the data set',
  source: 'DeVries and Taylor 2017, arXiv:1708.04552',
  parameters: [pixels('size', 16)],
  create: ([size = 0]) => ({
    stage: 'values',
    apply(values, { height, width }, random) {
      const half = Math.floor(size / 2);
      const top = below(height, random) - half;
      const left = below(width, random) - half;
      const [firstRow, lastRow] = [Math.max(0, top), Math.min(height, top + size)];
      const [first, last] = [Math.max(0, left), Math.min(width, left + size)];
      for (let start = 0; start < values.length; start += height * width) {
        for (let y = firstRow; y < lastRow; y++) {
          values.fill(0, start + y * width + first, start + y * width + last);
        }
      }
    },
  }),
};
