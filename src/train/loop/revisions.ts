import { performance } from 'node:perf_hooks';
import type { Batch } from '../../data/index.js';
import { internalError, ReparamError } from '../../errors.js';
import type { Model } from '../../ir/index.js';
import { copyModel } from '../../onnx/index.js';
import { runModel } from '../../runtime/index.js';
import { Tensor } from '../../tensor/index.js';
import type { Moment, Surgery } from '../methods/index.js';
import { MetricsFile } from '../metrics/index.js';
import { runFiles } from '../runs/index.js';
import { observe } from '../step/index.js';
import type { SurgeryEvent } from './events.js';
import type { LiveStep } from './live-step.js';
import type { TrainingSetup } from './setup.js';
import { setInitializers } from './source-model.js';
import { splitState } from './weights.js';

/** How far a surgery may move an output, relative to the largest one: the rounding of a deep network. */
const largestDifference = 1e-5;

/** Where a run is at the beginning of an epoch. */
export interface EpochBeginning {
  readonly epoch: number;
  /** Steps done. */
  readonly step: number;
}

/** Lets the method revise the model at the beginning of epochs, and holds each surgery against the model before it. */
export class Revisions {
  readonly #setup: TrainingSetup;
  readonly #step: LiveStep;
  readonly #log: MetricsFile | null;

  /** @param afterStep the step of the checkpoint that the run goes on from */
  constructor(dir: string, setup: TrainingSetup, step: LiveStep, afterStep: number) {
    this.#setup = setup;
    this.#step = step;
    // A checkpoint at the beginning of an epoch was taken before its surgeries, which will be made again.
    const path = runFiles(dir).surgeries;
    this.#log = setup.prepared.revise ? new MetricsFile(path, afterStep - 1) : null;
  }

  /**
   * Makes the surgeries that are due; then the step trains the last model.
   * @throws ReparamError for a surgery that changes what the model computes.
   */
  async *begin({ epoch, step }: EpochBeginning): AsyncGenerator<SurgeryEvent, void, void> {
    const { revise } = this.#setup.prepared;
    if (!revise) return;
    let [begun, model] = [performance.now(), null as Model | null];
    for await (const surgery of revise(this.#moment(epoch))) {
      model ??= await this.#current();
      const difference = await this.#check(surgery, model, epoch);
      const { layer, change, branches, score } = surgery;
      model = surgery.model;
      const record = { kind: 'surgery' as const, step, epoch };
      const event = { ...record, layer, change, branches, score, difference };
      this.#log?.append(event);
      yield { ...event, seconds: (performance.now() - begun) / 1000 };
      begun = performance.now();
    }
    this.#log?.sync();
    if (model) await this.#step.replace(model);
  }

  close(): void {
    this.#log?.close();
  }

  /** A copy of the model with the weights that the next step begins with, not their running averages. */
  async #current(): Promise<Model> {
    const { graph, model } = this.#step;
    const copy = copyModel(model);
    setInitializers(copy, splitState(graph, await this.#step.open.state()).parameters);
    return copy;
  }

  #moment(epoch: number): Moment {
    const { stepOptions } = this.#setup;
    const { options } = this.#step;
    return {
      epoch,
      model: () => this.#current(),
      observe: (model, count, trainOnly) => {
        const chosen = trainOnly ? { ...stepOptions, freeze: [], trainOnly } : stepOptions;
        return observe(model, chosen, this.#batches(epoch, count), {
          ...options,
          placement: false,
        });
      },
    };
  }

  async *#batches(epoch: number, count: number): AsyncGenerator<Batch, void, void> {
    let left = count;
    for await (const batch of this.#setup.data.train.epoch(epoch)) {
      yield batch;
      if (--left === 0) return;
    }
  }

  /** @returns the largest difference of an output, relative to the largest output */
  async #check({ model, layer, change }: Surgery, before: Model, epoch: number): Promise<number> {
    const { device = 'cpu' } = this.#step.options;
    for await (const { images, shape } of this.#batches(epoch, 1)) {
      const outputs = async (of: Model): Promise<Float32Array> => {
        const input = this.#setup.step.images.name;
        const feeds = new Map([[input, Tensor.floats(shape, images)]]);
        const [result] = (await runModel(of, feeds, { device })).values();
        return result?.toFloats() as Float32Array;
      };
      const difference = relativeDifference(await outputs(before), await outputs(model));
      if (difference <= largestDifference) return difference;
      const words = change === 'grown' ? 'growing branches beside' : 'removing branches beside';
      throw new ReparamError(
        'check',
        `${words} '${layer}' changes the outputs by ${difference.toExponential(1)} of the largest one`,
        { at: layer, hint: `leave the layer out with --skip ${layer}` },
      );
    }
    throw internalError('an epoch without batches');
  }
}

/** NaN where outputs are no numbers, or all zero. */
function relativeDifference(expected: Float32Array, actual: Float32Array): number {
  let [most, largest] = [0, 0];
  for (const [i, value] of expected.entries()) {
    largest = Math.max(largest, Math.abs(value));
    most = Math.max(most, Math.abs(value - (actual[i] as number)));
  }
  return most === 0 ? 0 : most / largest;
}
