import { inputError } from '../../errors.js';
import { constant } from './constant.js';
import { cosine } from './cosine.js';
import { linear } from './linear.js';
import { multistep } from './multistep.js';
import { oneCycle } from './one-cycle.js';
import {
  type Course,
  defaultScheduleOptions,
  type Rate,
  type Schedule,
  type ScheduleOptions,
  totalSteps,
} from './schedule.js';
import { step } from './step.js';
import { withWarmup } from './warmup.js';

export {
  type Course,
  defaultScheduleOptions,
  type Rate,
  type Schedule,
  type ScheduleOptions,
} from './schedule.js';

export const schedules: readonly Schedule[] = [constant, cosine, step, multistep, linear, oneCycle];

type Check = readonly [keyof ScheduleOptions, ok: boolean, rule: string];

function checkOptions(name: string, options: ScheduleOptions, { lr, epochs }: Course): void {
  const { minLr, stepSize, milestones, gamma, pctStart, divFactor, finalDivFactor } = options;
  const { warmup, warmupFactor } = options;
  const checks: readonly Check[] = [
    ['minLr', minLr >= 0 && minLr <= lr, 'from 0 to the learning rate'],
    ['stepSize', stepSize > 0, 'more than 0 epochs'],
    ['milestones', milestones.every((epoch) => epoch > 0), 'epochs, each more than 0'],
    ['gamma', gamma > 0 && Number.isFinite(gamma), 'more than 0'],
    ['pctStart', pctStart >= 0 && pctStart <= 1, 'from 0 to 1'],
    ['divFactor', divFactor > 0 && Number.isFinite(divFactor), 'more than 0'],
    ['finalDivFactor', finalDivFactor > 0 && Number.isFinite(finalDivFactor), 'more than 0'],
    ['warmup', warmup >= 0 && warmup < epochs, 'from 0 to less than the epochs of the run'],
    ['warmupFactor', warmupFactor >= 0 && warmupFactor <= 1, 'from 0 to 1'],
  ];
  for (const [option, ok, rule] of checks) {
    if (!ok) throw inputError(`${option} of the schedule '${name}' must be ${rule}`);
  }
}

/**
 * The learning rate of every step of a run. Cosine and linear stretch from the end of warm-up to the end of the run;
 * milestones and the steps of `step` count from the beginning of the run. All are the values of PyTorch's
 * schedulers.
 * @param name one of `schedules`.
 * @throws ReparamError for an unknown name and for options out of their range.
 */
export function learningRate(
  name: string,
  course: Course,
  given: Partial<ScheduleOptions> = {},
): Rate {
  const schedule = schedules.find((candidate) => candidate.name === name);
  if (schedule === undefined) {
    throw inputError(`'${name}' is no schedule`, {
      hint: `there are ${schedules.map((known) => known.name).join(', ')}`,
    });
  }
  const options = { ...defaultScheduleOptions, ...given };
  checkOptions(name, options, course);
  if (options.warmup > 0 && schedule === oneCycle) {
    throw inputError("the schedule 'onecycle' warms up by itself", { hint: 'leave warmup out' });
  }
  const start = Math.min(Math.round(options.warmup * course.stepsPerEpoch), totalSteps(course) - 1);
  return withWarmup(schedule.build(course, options, start), start, options.warmupFactor);
}
