import { performance } from 'node:perf_hooks';
import type { Model } from '../../ir/index.js';
import { scalingName } from '../../optimizers/index.js';
import { refreshScalings } from '../../sgs/index.js';
import { Tensor } from '../../tensor/index.js';
import { scalingTensor } from '../methods/index.js';
import { MetricsFile } from '../metrics/index.js';
import { isScalingRecord, type LayerScaling, readScalings, runFiles } from '../runs/index.js';
import type { ScalingEvent } from './events.js';
import type { LiveStep } from './live-step.js';
import type { TrainingSetup } from './setup.js';

/** Where a run is at the beginning of an epoch. */
export interface EpochStart {
  readonly epoch: number;
  /** Steps done. */
  readonly step: number;
  /** With the weights of the moment. */
  readonly model: () => Promise<Model>;
}

/** Sets the scalings of gradients at the beginning of epochs: measures them when it is time, and lets them set in slowly. */
export class ScalingSchedule {
  readonly #setup: TrainingSetup;
  readonly #step: LiveStep;
  readonly #log: MetricsFile | null;
  #targets: readonly LayerScaling[];
  /** The step of the last measurement. */
  #measuredAt: number;

  /** @param afterStep the step of the checkpoint that the run goes on from */
  constructor(dir: string, setup: TrainingSetup, step: LiveStep, afterStep: number) {
    this.#setup = setup;
    this.#step = step;
    const { scalings, schedule } = setup.prepared;
    const path = runFiles(dir).scalings;
    const exists = schedule !== 'none';
    this.#log = exists ? new MetricsFile(path, afterStep) : null;
    const last = exists ? readScalings(dir).at(-1) : undefined;
    this.#measuredAt = last?.step ?? -1;
    const fixed = [...(scalings ?? [])].map(([weight, tensor]) => ({
      weight,
      kernel: tensor.dims,
      values: [...tensor.toNumbers()],
    }));
    this.#targets = last?.layers ?? fixed;
  }

  /** @returns what was measured or first used; null for an epoch in which that is not due */
  async begin(start: EpochStart): Promise<ScalingEvent | null> {
    const { recipe, prepared } = this.#setup;
    const { sgsStart, sgsEvery, sgsWarmup } = recipe;
    const age = start.epoch - sgsStart;
    if (prepared.schedule === 'none' || age < 0) return null;
    const isDue = prepared.schedule === 'measured' ? age % sgsEvery === 0 : age === 0;
    const isNew = isDue && this.#measuredAt !== start.step;
    const event = isNew ? await this.#renew(start) : null;
    const part = sgsWarmup === 0 ? 1 : Math.min(1, (age + 1) / sgsWarmup);
    this.#apply(part);
    return event;
  }

  close(): void {
    this.#log?.close();
  }

  async #renew(start: EpochStart): Promise<ScalingEvent> {
    const begun = performance.now();
    const { epoch, step } = start;
    if (this.#setup.prepared.schedule === 'measured') await this.#measure(start);
    this.#measuredAt = step;
    const record = { kind: 'scalings' as const, step, epoch, layers: this.#targets };
    if (!isScalingRecord(record)) throw new Error('internal: a scaling that is no number');
    this.#log?.append(record);
    this.#log?.sync();
    return { ...record, seconds: (performance.now() - begun) / 1000 };
  }

  async #measure({ epoch, model }: EpochStart): Promise<void> {
    const { recipe, data } = this.#setup;
    const { sgsEstimator, sgsK, sgsBatches, sgsRemoveZeros, workers, device } = recipe;
    const images: Tensor[] = [];
    for await (const batch of data.train.epoch(epoch)) {
      images.push(Tensor.floats(batch.shape, batch.images.slice()));
      if (images.length === sgsBatches) break;
    }
    const measured = await refreshScalings(await model(), images, {
      estimator: sgsEstimator,
      k: sgsK,
      removeZeros: sgsRemoveZeros,
      workers: Math.min(workers, 1),
      device,
    });
    this.#targets = this.#targets.map((layer) => {
      const found = measured.get(layer.weight);
      return found ? { ...layer, values: [...found.values] } : layer;
    });
  }

  /** @param part how far the scalings have set in, 0 to 1 */
  #apply(part: number): void {
    const tensors = this.#targets.map(({ weight, kernel, values }) => {
      const blended = Float64Array.from(values, (value) => 1 + part * (value - 1));
      return [scalingName(weight), scalingTensor(kernel, blended)] as const;
    });
    this.#step.open.setState(new Map(tensors));
  }
}
