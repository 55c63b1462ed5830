import { add, differentiate, sub, times } from '../../autodiff/index.js';
import type { Model } from '../../ir/index.js';
import {
  type OptimizerOptions,
  type OptimizerType,
  optimizerChain,
  type Update,
} from '../../optimizers/index.js';
import type { Tensor } from '../../tensor/index.js';
import type { Loss, LossOptions } from '../losses/index.js';
import { decayTest, decayWords } from './decay.js';
import { imageInput } from './images.js';
import { addLoss } from './loss-head.js';

import type { TrainingStep } from './step.js';
import { type TrainingFormOptions, trainingForm } from './training-form.js';
import { UpdateBuilder } from './update.js';

export interface StepOptions extends TrainingFormOptions {
  /** N: images a step. */
  readonly batchSize: number;
  /** C, H and W where the model leaves them open. */
  readonly image?: readonly number[];
  readonly loss: Loss;
  readonly lossOptions?: LossOptions;
  readonly optimizer: OptimizerType;
  readonly optimizerOptions?: OptimizerOptions;
  /** Parameters without weight decay, see {@link decayTest}; `norm` and `bias` by default. */
  readonly noDecay?: readonly string[];
  /** How much of the running average of the weights stays at each step; none is kept by default. */
  readonly averageDecay?: number;
  /** Whether to use only operators that run on every device; else also those that are faster on the CPU. */
  readonly portable?: boolean;
}

/**
 * Builds the step graph of a model: forward, loss, backward and update, with parameters, running statistics and the
 * optimizer's state as inputs and outputs.
 * @throws ReparamError for a model that cannot be trained, naming the node that stands in the way.
 */
export function buildTrainingStep(source: Model, options: StepOptions): TrainingStep {
  const form = trainingForm(source, options);
  const images = imageInput(form.model, options.batchSize, options.image);
  const head = addLoss(form.model, images, options.loss, options.lossOptions);
  const statistics = form.statistics.map(({ value }) => value);
  const differentiated = differentiate(form.model, {
    loss: head.loss,
    parameters: form.parameters,
    variables: [...form.parameters, ...statistics],
    outputs: [head.outputs, ...form.statistics.map(({ next }) => next)],
    inputShapes: new Map([[images.value.name, images.dims]]),
    portable: options.portable ?? false,
  });
  const { builder, value, gradients } = differentiated;
  const update = new UpdateBuilder(builder);
  const decays = decayTest(options.noDecay ?? decayWords);
  const initial = new Map(form.parameters.map((p) => [p.name, p.constant as Tensor]));
  const updates = form.parameters.flatMap((parameter): Update[] => {
    const [gradient, weight, { name }] = [gradients.get(parameter), value(parameter), parameter];
    const decayed = decays(parameter);
    return gradient ? [{ name, weight, decays: decayed, value: gradient }] : [];
  });
  const chain = optimizerChain(options.optimizer, options.optimizerOptions);
  for (const step of chain.reduce<readonly Update[]>((all, t) => t.apply(update, all), updates)) {
    const next = sub(builder, step.weight, step.value);
    const start = initial.get(step.name) as Tensor;
    update.keep(step.weight, next, 'parameter', start);
    if (options.averageDecay === undefined) continue;
    const slot = update.input(`average.${step.name}`, 'average', start);
    const kept = times(builder, slot.value, options.averageDecay);
    slot.set(add(builder, kept, times(builder, next, 1 - options.averageDecay)));
  }
  for (const { value: statistic, next } of form.statistics) {
    update.keep(value(statistic), value(next), 'statistic', statistic.constant as Tensor);
  }
  const targets = { name: head.targets.name, dims: builder.dims(value(head.targets)) };
  return {
    model: builder.model(),
    images: { name: images.value.name, dims: images.dims },
    targets,
    scalars: update.scalars,
    noises: differentiated.noises.map((noise) => ({ name: noise.name, dims: builder.dims(noise) })),
    state: update.state,
    results: { loss: update.output(value(head.loss)), outputs: update.output(value(head.outputs)) },
    notes: form.notes,
  };
}
