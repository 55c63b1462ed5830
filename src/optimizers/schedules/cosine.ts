import { elapsed, type Schedule } from './schedule.js';

/** rate = minLr + (lr − minLr) · (1 + cos πt) / 2, t from 0 to 1 (Loshchilov and Hutter, SGDR, equation 5). */
export const cosine: Schedule = {
  name: 'cosine',
  doc: 'half a cosine from lr down to minLr',
  source: 'CosineAnnealingLR',
  options: ['minLr', 'updateEvery'],
  build: (course, { minLr, updateEvery }, start) => {
    const done = elapsed(course, updateEvery, start);
    return (step) => minLr + ((course.lr - minLr) * (1 + Math.cos(Math.PI * done(step)))) / 2;
  },
};
