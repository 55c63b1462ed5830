import { expect } from 'vitest';
import type { Model } from '../../../src/ir/index.js';
import type { Tensor } from '../../../src/tensor/index.js';
import { openBackend } from '../../../src/tfjs/engine/backend.js';
import { Gradients } from '../../../src/tfjs/engine/gradients.js';
import { planStep } from '../../../src/tfjs/engine/plan.js';
import { toTf } from '../../../src/tfjs/engine/program.js';
import { feedsOf } from '../../../src/train/step/feeds.js';
import { observe, type StepBatch, type StepOptions } from '../../../src/train/step/index.js';

interface Observed {
  readonly loss: number;
  readonly gradients: ReadonlyMap<string, Float64Array>;
}

/** Loss and gradients of the step graph that onnxruntime runs. */
export async function ours(
  model: Model,
  options: StepOptions,
  batch: StepBatch,
): Promise<Observed> {
  const batches = (async function* () {
    yield batch;
  })();
  for await (const { loss, gradients } of observe(model, options, batches)) {
    const numbers = (tensor: Tensor) => tensor.toNumbers();
    return { loss, gradients: new Map([...gradients].map(([name, g]) => [name, numbers(g)])) };
  }
  throw new Error('nothing observed');
}

/** Those of TensorFlow.js. */
export async function theirs(
  model: Model,
  options: StepOptions,
  batch: StepBatch,
): Promise<Observed> {
  const { tf } = await openBackend();
  const plan = planStep(model, options);
  const state = new Map(plan.state.map(({ name, initial }) => [name, toTf(tf, initial)]));
  const gradients = new Gradients(tf, plan);
  const feeds = feedsOf(plan, batch, { step: 0, rate: 0 }, 0);
  const result = gradients.of((name) => state.get(name)!, feeds);
  return {
    loss: result.loss.dataSync()[0]!,
    gradients: new Map(
      Object.entries(result.gradients).map(([name, g]) => [name, Float64Array.from(g.dataSync())]),
    ),
  };
}

const largest = (values: Iterable<number>): number =>
  [...values].reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/**
 * max|a − b| ÷ max|b| of each parameter. Where a norm behind it takes a parameter's effect away, its gradient is what
 * rounding leaves of zero: anything below a hundredth of the largest gradient counts as that much.
 */
export function errors(a: Observed, b: Observed): Map<string, number> {
  expect([...a.gradients.keys()].sort()).toEqual([...b.gradients.keys()].sort());
  const floor = 1e-2 * largest([...b.gradients.values()].map(largest));
  return new Map(
    [...a.gradients].map(([name, values]) => {
      const reference = b.gradients.get(name)!;
      const difference = largest(values.map((value, i) => value - reference[i]!));
      return [name, difference / Math.max(floor, largest(reference))];
    }),
  );
}

/** Expects that both engines give the same loss and gradients. */
export async function expectAgreement(
  model: Model,
  options: StepOptions,
  batch: StepBatch,
  limit = 1e-4,
): Promise<void> {
  const [a, b] = [await theirs(model, options, batch), await ours(model, options, batch)];
  expect(Math.abs(a.loss - b.loss) / Math.abs(b.loss)).toBeLessThan(1e-5);
  expect([...errors(a, b)].filter(([, error]) => !(error <= limit))).toEqual([]);
}
