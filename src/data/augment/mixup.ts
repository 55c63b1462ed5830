import { mixTargets } from './mix.js';
import { beta, permutation } from './random.js';
import type { Augmentation } from './step.js';

/** λ·x + (1 − λ)·x', with one λ a batch. */
export const mixup: Augmentation = {
  name: 'mixup',
  summary: 'blends each image with another of the batch, by a share from Beta(ALPHA, ALPHA)',
  source: 'Zhang et al. 2018, arXiv:1710.09412',
  parameters: [{ name: 'alpha', otherwise: 0.2, least: 0.001, most: 100 }],
  create: ([alpha = 1]) => ({
    stage: 'batch',
    apply(batch, random) {
      const { images, count } = batch;
      const share = beta(alpha, random);
      const partners = permutation(count, random);
      const original = images.slice();
      const size = images.length / count;
      for (let i = 0; i < count; i++) {
        const [at, partner] = [i * size, (partners[i] as number) * size];
        for (let k = 0; k < size; k++) {
          images[at + k] =
            share * (original[at + k] as number) + (1 - share) * (original[partner + k] as number);
        }
      }
      mixTargets(batch, partners, share);
    },
  }),
};
