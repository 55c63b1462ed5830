import { type Schedule, type ScheduleOptions, totalSteps } from './schedule.js';

/** Values between two rates, at 0 the first and at 1 the second. */
const shapes: Record<ScheduleOptions['anneal'], (from: number, to: number, t: number) => number> = {
  cos: (from, to, t) => to + ((from - to) / 2) * (1 + Math.cos(Math.PI * t)),
  linear: (from, to, t) => from + (to - from) * t,
};

/** Rises from lr/divFactor to lr, then falls far below where it began (Smith and Topin, Super-Convergence). */
export const oneCycle: Schedule = {
  name: 'onecycle',
  doc: 'up to lr and then down to almost nothing',
  source: 'OneCycleLR with cycle_momentum=False',
  options: ['pctStart', 'divFactor', 'finalDivFactor', 'anneal'],
  build: (course, { pctStart, divFactor, finalDivFactor, anneal }) => {
    const { lr } = course;
    const first = lr / divFactor;
    const shape = shapes[anneal];
    const end = totalSteps(course) - 1;
    const top = pctStart * totalSteps(course) - 1;
    return (step) => {
      if (top > 0 && step <= top) return shape(first, lr, step / top);
      const t = end > top ? Math.min((step - top) / (end - top), 1) : 0;
      return shape(lr, first / finalDivFactor, t);
    };
  },
};
