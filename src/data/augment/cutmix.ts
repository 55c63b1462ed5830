import { mixTargets } from './mix.js';
import { below, beta, permutation } from './random.js';
import type { Augmentation } from './step.js';

/** Where a length around a random point lies within `whole`. */
function span(
  length: number,
  whole: number,
  centre: number,
): readonly [start: number, end: number] {
  const start = centre - Math.floor(length / 2);
  return [Math.max(0, start), Math.min(whole, start + length)];
}

/** One box a batch; targets are mixed by the area that was really replaced. */
export const cutmix: Augmentation = {
  name: 'cutmix',
  summary: 'replaces a box by that of another image, by an area from Beta(ALPHA, ALPHA)',
  source: 'Yun et al. 2019, arXiv:1905.04899',
  parameters: [{ name: 'alpha', otherwise: 1, least: 0.001, most: 100 }],
  create: ([alpha = 1]) => ({
    stage: 'batch',
    apply(batch, random) {
      const { images, count, height, width } = batch;
      const side = Math.sqrt(1 - beta(alpha, random));
      const partners = permutation(count, random);
      const [top, bottom] = span(Math.floor(height * side), height, below(height, random));
      const [left, right] = span(Math.floor(width * side), width, below(width, random));
      const original = images.slice();
      const planes = images.length / count / (height * width);
      for (let i = 0; i < count; i++) {
        for (let c = 0; c < planes; c++) {
          for (let y = top; y < bottom; y++) {
            const row = ((partners[i] as number) * planes + c) * height + y;
            const part = original.subarray(row * width + left, row * width + right);
            images.set(part, ((i * planes + c) * height + y) * width + left);
          }
        }
      }
      mixTargets(batch, partners, 1 - ((bottom - top) * (right - left)) / (height * width));
    },
  }),
};
