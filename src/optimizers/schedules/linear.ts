import { elapsed, type Schedule } from './schedule.js';

/** rate = lr + (minLr − lr) · t, t from 0 to 1. */
export const linear: Schedule = {
  name: 'linear',
  doc: 'a straight line from lr down to minLr',
  source: 'LinearLR with start_factor=1, end_factor=minLr/lr',
  options: ['minLr', 'updateEvery'],
  build: (course, { minLr, updateEvery }, start) => {
    const done = elapsed(course, updateEvery, start);
    return (step) => course.lr + (minLr - course.lr) * done(step);
  },
};
