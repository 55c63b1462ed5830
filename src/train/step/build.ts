import { add, type Differentiated, sub, times } from '../../autodiff/index.js';
import { internalError } from '../../errors.js';
import type { Model } from '../../ir/index.js';
import {
  type OptimizerOptions,
  type OptimizerType,
  optimizerChain,
  type Update,
} from '../../optimizers/index.js';
import type { Tensor } from '../../tensor/index.js';
import { accumulationGraph, meanGradient } from './accumulate.js';
import { decayTest, decayWords } from './decay.js';
import type { TrainingStep } from './step.js';
import {
  finishGraph,
  gradientGraph,
  type Subject,
  type SubjectOptions,
  subjectOf,
} from './subject.js';
import { UpdateBuilder } from './update.js';

export interface StepOptions extends SubjectOptions {
  readonly optimizer: OptimizerType;
  readonly optimizerOptions?: OptimizerOptions;
  /** Parameters without weight decay, see {@link decayTest}; `norm` and `bias` by default. */
  readonly noDecay?: readonly string[];
  /** How much of the running average of the weights stays at each step; none is kept by default. */
  readonly averageDecay?: number;
  /** Batches whose gradients make one update; 1 by default. */
  readonly accumulate?: number;
}

/**
 * Builds the step graph of a model: forward, loss, backward and update, with parameters, running statistics and the
 * optimizer's state as inputs and outputs.
 * @throws ReparamError for a model that cannot be trained, naming the node that stands in the way.
 */
export function buildTrainingStep(source: Model, options: StepOptions): TrainingStep {
  const subject = subjectOf(source, options);
  const { accumulate: batches = 1 } = options;
  if (!(Number.isInteger(batches) && batches > 0)) {
    throw internalError(`${batches} batches cannot make an update`);
  }
  const differentiated = gradientGraph(subject);
  const update = new UpdateBuilder(differentiated.builder);
  addUpdates(subject, differentiated, update, options);
  return {
    ...finishGraph(subject, differentiated, update),
    batches,
    accumulation: batches > 1 ? accumulationGraph(subject) : null,
    notes: subject.form.notes,
  };
}

/** Moves all parameters that have a gradient, whoever computes it. */
export function addUpdates(
  { form }: Subject,
  { builder: b, value, gradients }: Pick<Differentiated, 'builder' | 'value' | 'gradients'>,
  update: UpdateBuilder,
  { optimizer, optimizerOptions, averageDecay, accumulate = 1, noDecay = decayWords }: StepOptions,
): void {
  const decays = decayTest(noDecay);
  const initial = new Map(form.parameters.map((p) => [p.name, p.constant as Tensor]));
  const updates: Update[] = [];
  for (const parameter of form.parameters) {
    const [gradient, weight, { name }] = [gradients.get(parameter), value(parameter), parameter];
    if (gradient) {
      const mean = meanGradient(update, name, gradient, accumulate);
      updates.push({ name, weight, decays: decays(parameter), value: mean });
    } else {
      // The loss does not depend on it.
      update.keep(weight, weight, 'parameter', parameter.constant as Tensor);
    }
  }
  const chain = optimizerChain(optimizer, optimizerOptions);
  for (const step of chain.reduce<readonly Update[]>((all, t) => t.apply(update, all), updates)) {
    const next = sub(b, step.weight, step.value);
    const start = initial.get(step.name) as Tensor;
    update.keep(step.weight, next, 'parameter', start);
    if (averageDecay === undefined) continue;
    const slot = update.input(`average.${step.name}`, 'average', start);
    const kept = times(b, slot.value, averageDecay);
    slot.set(add(b, kept, times(b, next, 1 - averageDecay)));
  }
}
