import { defaultScheduleOptions, schedules } from '../../../optimizers/schedules/index.js';
import { choice, number, numbers } from '../field.js';

const otherwise = defaultScheduleOptions;

/** How the learning rate changes. */
export const scheduleFields = {
  schedule: choice(
    'cosine',
    schedules.map(({ name }) => name),
    'how the learning rate changes',
  ),
  minLr: number(otherwise.minLr, { least: 0 }, 'the last rate of cosine and linear'),
  updateEvery: choice<'step' | 'epoch'>(
    otherwise.updateEvery,
    ['step', 'epoch'],
    'when the rate of cosine and linear changes',
  ),
  milestones: numbers(
    otherwise.milestones,
    { above: 0 },
    'epochs at which the rate of multistep changes',
  ),
  stepSize: number(otherwise.stepSize, { above: 0 }, 'epochs after which the rate of step changes'),
  gamma: number(otherwise.gamma, { above: 0 }, 'factor of each change of step and multistep'),
  pctStart: number(
    otherwise.pctStart,
    { least: 0, most: 1 },
    'part of the run in which the rate of onecycle rises',
  ),
  divFactor: number(otherwise.divFactor, { above: 0 }, 'onecycle begins with lr divided by this'),
  finalDivFactor: number(
    otherwise.finalDivFactor,
    { above: 0 },
    'onecycle ends with its first rate divided by this',
  ),
  anneal: choice<'cos' | 'linear'>(otherwise.anneal, ['cos', 'linear'], 'the shape of onecycle'),
  warmup: number(otherwise.warmup, { least: 0 }, 'epochs in which the rate rises to its beginning'),
  warmupFactor: number(
    otherwise.warmupFactor,
    { least: 0, most: 1 },
    'part of the rate that warm-up begins with',
  ),
};
