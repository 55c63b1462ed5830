import type { Model } from '../../ir/index.js';
import type { Tensor } from '../../tensor/index.js';
import { accumulationGraph, sumName } from './accumulate.js';
import { type OpenStepOptions, openStep, type StepBatch } from './run.js';
import { type SubjectOptions, subjectOf } from './subject.js';

/** What a batch says of a model in training form. */
export interface Observation {
  /** Mean over the batch. */
  readonly loss: number;
  /** Of the loss by each parameter, by its name. */
  readonly gradients: ReadonlyMap<string, Tensor>;
  /** Mean and variance of the batch in each batch norm that is trained, by the name of the running one. */
  readonly statistics: ReadonlyMap<string, Tensor>;
}

/**
 * Runs batches through a model whose weights stay as they are.
 * @throws ReparamError for a model that cannot be trained, and when the loss is not finite.
 */
export async function* observe(
  source: Model,
  options: SubjectOptions,
  batches: AsyncIterable<StepBatch>,
  session: OpenStepOptions = {},
): AsyncGenerator<Observation, void, void> {
  const subject = subjectOf(source, { ...options, batchNormMomentum: 1 });
  const graph = accumulationGraph(subject, true);
  const step = await openStep({ ...graph, batches: 1, accumulation: null, notes: [] }, session);
  try {
    for await (const batch of batches) {
      const { loss } = await step.run(batch, { step: 0, rate: 0 });
      const state = await step.state();
      const gradients = subject.form.parameters.flatMap(({ name }) => {
        const gradient = state.get(sumName(name));
        return gradient ? [[name, gradient] as const] : [];
      });
      const statistics = subject.form.statistics.map(
        ({ value: { name } }) => [name, state.get(name) as Tensor] as const,
      );
      yield { loss, gradients: new Map(gradients), statistics: new Map(statistics) };
    }
  } finally {
    await step.release();
  }
}
