import { type Differentiated, differentiate } from '../../autodiff/index.js';
import type { Model } from '../../ir/index.js';
import type { Tensor } from '../../tensor/index.js';
import { type ImageInput, imageInput } from './images.js';
import { addLoss, type LossHead, type LossHeadOptions } from './loss-head.js';
import type { StepGraph } from './step.js';
import { type TrainingForm, type TrainingFormOptions, trainingForm } from './training-form.js';
import type { UpdateBuilder } from './update.js';

export interface SubjectOptions extends TrainingFormOptions, LossHeadOptions {
  /** N: images a batch. */
  readonly batchSize: number;
  /** C, H and W where the model leaves them open. */
  readonly image?: readonly number[];
  /** Whether to use only operators that run on every device; else also those that are faster on the CPU. */
  readonly portable?: boolean;
}

/** A model in training form, with its loss. */
export interface Subject {
  readonly form: TrainingForm;
  readonly images: ImageInput;
  readonly head: LossHead;
  /** Whether to use only operators that run on every device. */
  readonly portable: boolean;
}

/** @throws ReparamError for a model that cannot be trained. */
export function subjectOf(source: Model, options: SubjectOptions): Subject {
  const form = trainingForm(source, options);
  const images = imageInput(form.model, options.batchSize, options.image);
  const head = addLoss(form.model, images, options);
  return { form, images, head, portable: options.portable ?? false };
}

/** Begins a graph with a subject's loss and gradients. */
export function gradientGraph({ form, images, head, portable }: Subject): Differentiated {
  const statistics = form.statistics.map(({ value }) => value);
  return differentiate(form.model, {
    loss: head.loss,
    parameters: form.parameters,
    variables: [...form.parameters, ...statistics],
    outputs: [head.outputs, ...form.statistics.map(({ next }) => next)],
    inputShapes: new Map([
      [images.value.name, images.dims],
      [head.targets.name, head.targets.type?.shape ?? []],
    ]),
    portable,
  });
}

/** Ends such a graph: running statistics, loss and outputs become outputs. */
export function finishGraph(
  { form, images, head }: Subject,
  { builder, value, noises }: Differentiated,
  update: UpdateBuilder,
): StepGraph {
  for (const { value: statistic, next } of form.statistics) {
    update.keep(value(statistic), value(next), 'statistic', statistic.constant as Tensor);
  }
  return {
    model: builder.model(),
    images: { name: images.value.name, dims: images.dims },
    targets: { name: head.targets.name, dims: builder.dims(value(head.targets)) },
    scalars: update.scalars,
    noises: noises.map((noise) => ({ name: noise.name, dims: builder.dims(noise) })),
    state: update.state,
    results: { loss: update.output(value(head.loss)), outputs: update.output(value(head.outputs)) },
  };
}
