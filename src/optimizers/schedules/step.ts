import type { Schedule } from './schedule.js';

/** rate = lr · gamma^⌊epoch / stepSize⌋ */
export const step: Schedule = {
  name: 'step',
  doc: 'multiplied by gamma every stepSize epochs',
  source: 'StepLR',
  options: ['stepSize', 'gamma'],
  build: ({ lr, stepsPerEpoch }, { stepSize, gamma }) => {
    return (at) => lr * gamma ** Math.floor(Math.floor(at / stepsPerEpoch) / stepSize);
  },
};
