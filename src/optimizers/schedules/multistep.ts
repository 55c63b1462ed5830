import { inputError } from '../../errors.js';
import type { Schedule } from './schedule.js';

/** rate = lr · gamma^(milestones that have passed) */
export const multistep: Schedule = {
  name: 'multistep',
  doc: 'multiplied by gamma at each of the milestones',
  source: 'MultiStepLR',
  options: ['milestones', 'gamma'],
  build: ({ lr, stepsPerEpoch }, { milestones, gamma }) => {
    if (milestones.length === 0) {
      throw inputError("the schedule 'multistep' needs milestones", {
        hint: 'give the epochs at which the rate changes, such as 60,120,160',
      });
    }
    const steps = milestones.map((epoch) => epoch * stepsPerEpoch);
    return (at) => lr * gamma ** steps.filter((milestone) => milestone <= at).length;
  },
};
