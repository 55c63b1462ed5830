/** What a schedule has to know of a run. */
export interface Course {
  /** The learning rate that the run is given: the highest one. */
  readonly lr: number;
  readonly epochs: number;
  readonly stepsPerEpoch: number;
}

/** The learning rate of a step; steps count from 0. */
export type Rate = (step: number) => number;

/** Options of all schedules, each under the name that PyTorch or timm gives it; a schedule reads those it names. */
export interface ScheduleOptions {
  /** cosine, linear: the rate at the end. */
  readonly minLr: number;
  /** cosine, linear: whether the rate changes with every step or with every epoch. */
  readonly updateEvery: 'step' | 'epoch';
  /** step: epochs between two changes. */
  readonly stepSize: number;
  /** multistep: epochs, counted from the beginning of the run, that bring a change. */
  readonly milestones: readonly number[];
  /** step, multistep: the factor of a change. */
  readonly gamma: number;
  /** onecycle: the part of the run in which the rate rises. */
  readonly pctStart: number;
  /** onecycle: the first rate is `lr / divFactor`. */
  readonly divFactor: number;
  /** onecycle: the last rate is the first one divided by this. */
  readonly finalDivFactor: number;
  /** onecycle: the shape of rise and fall. */
  readonly anneal: 'cos' | 'linear';
  /** Epochs, fractions too, in which the rate rises linearly before the schedule begins; not for onecycle. */
  readonly warmup: number;
  /** The part of the rate that warm-up begins with. */
  readonly warmupFactor: number;
}

export const defaultScheduleOptions: ScheduleOptions = {
  minLr: 0,
  updateEvery: 'step',
  stepSize: 30,
  milestones: [],
  gamma: 0.1,
  pctStart: 0.3,
  divFactor: 25,
  finalDivFactor: 1e4,
  anneal: 'cos',
  warmup: 0,
  warmupFactor: 0.01,
};

export interface Schedule {
  readonly name: string;
  /** What it does, in one line. */
  readonly doc: string;
  /** The class of `torch.optim.lr_scheduler` whose values these are. */
  readonly source: string;
  /** The options that it reads. */
  readonly options: readonly (keyof ScheduleOptions)[];
  /** @param start the step at which it begins, after warm-up. */
  build(course: Course, options: ScheduleOptions, start: number): Rate;
}

export const totalSteps = ({ epochs, stepsPerEpoch }: Course): number =>
  Math.round(epochs * stepsPerEpoch);

/** How much of the steps from `start` to the end are done, 0 to 1, at a step or at the beginning of its epoch. */
export function elapsed(
  course: Course,
  updateEvery: ScheduleOptions['updateEvery'],
  start: number,
): (step: number) => number {
  const { stepsPerEpoch } = course;
  const steps = totalSteps(course) - start;
  return (step) => {
    const at = updateEvery === 'step' ? step : Math.floor(step / stepsPerEpoch) * stepsPerEpoch;
    return Math.min(Math.max((at - start) / steps, 0), 1);
  };
}
