import { setImmediate } from 'node:timers/promises';
import { internalError } from '../../errors.js';
import type { StepInfo } from '../../optimizers/index.js';
import type { Tensor } from '../../tensor/index.js';
import { sumName } from '../../train/step/accumulate.js';
import { feedsOf } from '../../train/step/feeds.js';
import type { OpenStep, OpenStepOptions, StepBatch, StepResult } from '../../train/step/index.js';
import { nonFiniteLoss } from '../../train/step/non-finite.js';
import { type Backend, openBackend } from './backend.js';
import { type BatchResult, Gradients } from './gradients.js';
import type { Plan } from './plan.js';
import { Runner, toTf } from './program.js';
import { TfState } from './state.js';
import type { Tf, TfTensor } from './tf.js';

/**
 * Prepares a step to run in TensorFlow.js, with the state that it starts from.
 * @throws ReparamError (environment) when TensorFlow.js is not installed.
 */
export async function openTfStep(
  plan: Plan,
  { seed = 0 }: OpenStepOptions = {},
): Promise<OpenStep> {
  return new TfStep(plan, await openBackend(), seed);
}

class TfStep implements OpenStep {
  readonly notes: readonly string[];
  /** The state stays where TensorFlow.js computes: nothing is gained by several steps at once. */
  readonly together = 1;
  readonly #tf: Tf;
  readonly #plan: Plan;
  readonly #seed: number;
  readonly #state: TfState;
  readonly #gradients: Gradients;
  readonly #update: Runner;
  /** Sums of the gradients of the batches of an update so far. */
  #sums = new Map<string, TfTensor>();
  #batch = 0;

  constructor(plan: Plan, { tf, notes }: Backend, seed: number) {
    this.notes = notes;
    this.#tf = tf;
    this.#plan = plan;
    this.#seed = seed;
    this.#state = new TfState(tf, plan.state);
    this.#gradients = new Gradients(tf, plan);
    this.#update = new Runner(tf, plan.update);
  }

  async run(batch: StepBatch, given: StepInfo): Promise<StepResult> {
    if (this.#batch !== this.#plan.batches - 1) {
      throw internalError(`an update after ${this.#batch + 1} batches`);
    }
    return this.#take(batch, given, ({ gradients, statistics }, feeds) => {
      this.#move(gradients, feeds);
      this.#moveStatistics(statistics);
      this.#forgetSums();
    });
  }

  async runSeveral(
    batches: readonly StepBatch[],
    infos: readonly StepInfo[],
  ): Promise<StepResult[]> {
    const results: StepResult[] = [];
    for (const [i, info] of infos.entries()) {
      results.push(await this.run(batches[i] as StepBatch, info));
    }
    return results;
  }

  async accumulate(batch: StepBatch, given: StepInfo): Promise<StepResult> {
    if (this.#batch === this.#plan.batches - 1)
      throw internalError('too many batches for an update');
    return this.#take(batch, given, ({ gradients, statistics }) => {
      for (const [name, gradient] of Object.entries(gradients)) {
        const sum = this.#sums.get(name);
        this.#sums.set(name, sum ? this.#tf.add(sum, gradient) : this.#tf.clone(gradient));
        sum?.dispose();
      }
      this.#moveStatistics(statistics);
      this.#batch++;
    });
  }

  state(): Promise<Map<string, Tensor>> {
    return this.#state.read();
  }

  setState(tensors: ReadonlyMap<string, Tensor>): void {
    this.#state.set(tensors);
    this.#forgetSums();
  }

  async placement(): Promise<null> {
    return null;
  }

  async release(): Promise<void> {
    this.#forgetSums();
    this.#state.release();
    this.#gradients.release();
    this.#update.release();
  }

  /** Differentiates a batch; what comes of it is used if the loss is finite, and let go. */
  async #take(
    batch: StepBatch,
    given: StepInfo,
    use: (result: BatchResult, feeds: ReadonlyMap<string, Tensor>) => void,
  ): Promise<StepResult> {
    const info = { ...given, batch: this.#batch };
    const feeds = feedsOf(this.#plan, batch, info, this.#seed);
    const read = (name: string): TfTensor => this.#state.get(name);
    const result = this.#gradients.of(read, feeds);
    try {
      const [loss = Number.NaN] = await result.loss.data();
      if (!Number.isFinite(loss)) {
        this.#tf.dispose(Object.values(result.statistics));
        throw nonFiniteLoss(loss, info, this.#gradients.firstNonFinite(read, feeds));
      }
      const outputs = Float32Array.from(await result.outputs.data());
      use(result, feeds);
      // TensorFlow.js computes without a pause: a signal would wait for the end of all steps.
      await setImmediate();
      return { loss, outputs };
    } finally {
      const { loss, outputs, gradients } = result;
      this.#tf.dispose([loss, outputs, ...Object.values(gradients)]);
    }
  }

  /** Makes the update. */
  #move(gradients: BatchResult['gradients'], feeds: ReadonlyMap<string, Tensor>): void {
    const { inputs, gradients: places, next } = this.#plan.update;
    const sums = new Map([...this.#sums].map(([name, sum]) => [sumName(name), sum]));
    const input = (name: string): TfTensor => {
      const fed = feeds.get(name);
      return fed ? toTf(this.#tf, fed) : (sums.get(name) ?? this.#state.get(name));
    };
    const moved = this.#tf.tidy(() => {
      const last = new Map(
        [...places].map(([name, value]) => [value, gradients[name] as TfTensor]),
      );
      const others = [...inputs].filter(([, value]) => !last.has(value));
      const given = others.map(([name, value]) => [value, input(name)] as const);
      const read = this.#update.run(new Map([...last, ...given]));
      return [...next].map(([, value]) => read(value));
    });
    [...next.keys()].forEach((name, i) => {
      this.#state.replace(name, moved[i] as TfTensor);
    });
  }

  #moveStatistics(statistics: BatchResult['statistics']): void {
    for (const [name, next] of Object.entries(statistics)) this.#state.replace(name, next);
  }

  #forgetSums(): void {
    for (const sum of this.#sums.values()) sum.dispose();
    this.#sums = new Map();
    this.#batch = 0;
  }
}
