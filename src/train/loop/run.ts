import { performance } from 'node:perf_hooks';
import type { Batches } from '../../data/index.js';
import type { Model } from '../../ir/index.js';
import { encodeModel } from '../../onnx/index.js';
import type { Tensor } from '../../tensor/index.js';
import { type ReadCheckpoint, writeCheckpoint } from '../checkpoint/index.js';
import { EventFile, MetricsFile } from '../metrics/index.js';
import { runFiles } from '../runs/index.js';
import type { OpenStep, StepBatch } from '../step/index.js';
import { evaluate } from './evaluate.js';
import type { CheckpointEvent, EpochEvent, ScalingEvent, StepEvent } from './events.js';
import { countCorrect, Meter } from './meter.js';
import { ScalingSchedule } from './scalings.js';
import type { TrainingSetup } from './setup.js';
import { setInitializers } from './source-model.js';
import { deployedWeights, splitState } from './weights.js';

const seconds = (since: number): number => (performance.now() - since) / 1000;

/** A run on its way: what has been done, and what it leaves behind. */
export class TrainingRun {
  readonly #dir: string;
  readonly #setup: TrainingSetup;
  readonly #step: OpenStep;
  readonly #metrics: MetricsFile;
  readonly #events: EventFile;
  readonly #scalings: ScalingSchedule;
  /** Steps, whole epochs, and steps of the epoch that is under way. */
  #done: number;
  #epoch: number;
  #batch: number;
  #meter: Meter;
  /** Of the validation images, or the training images where there are none. */
  #best: number;
  /** What the epoch took before the run was last stopped. */
  #before: number;
  /** The state after the last step, once it has been read: on a GPU it has to be copied. */
  #state: ReadonlyMap<string, Tensor> | null = null;
  #since = performance.now();
  #pace = 0;

  /** @param checkpoint where the run goes on from, null for its beginning */
  constructor(
    dir: string,
    setup: TrainingSetup,
    step: OpenStep,
    checkpoint: ReadCheckpoint | null,
  ) {
    this.#dir = dir;
    this.#setup = setup;
    this.#step = step;
    this.#done = checkpoint?.step ?? 0;
    this.#epoch = checkpoint?.epoch ?? 0;
    this.#batch = checkpoint?.batch ?? 0;
    const { meter = {}, best = -1, seconds: before = 0 } = checkpoint?.extra ?? {};
    this.#meter = Meter.fromJson(meter as Record<string, unknown>);
    this.#best = Number(best);
    this.#before = Number(before);
    if (checkpoint) step.setState(new Map([...checkpoint.parameters, ...checkpoint.state]));
    const files = runFiles(dir);
    this.#metrics = new MetricsFile(files.metrics, this.#done);
    this.#scalings = new ScalingSchedule(dir, setup, step, this.#done);
    this.#events = new EventFile(files.tensorboard, checkpoint ? this.#done : null);
  }

  get done(): number {
    return this.#done;
  }

  /** Whole epochs done. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Steps done of the epoch that is under way. */
  get batch(): number {
    return this.#batch;
  }

  /** @param batches as many as make one update */
  async step(batches: readonly StepBatch[]): Promise<StepEvent> {
    const begun = performance.now();
    this.#state = null;
    const { recipe, rate: rates } = this.#setup;
    const rate = rates(this.#done);
    const info = { step: this.#done + 1, rate };
    let sum = 0;
    for (const [i, batch] of batches.entries()) {
      const last = i === batches.length - 1;
      const result = last ? this.#step.run(batch, info) : this.#step.accumulate(batch, info);
      const { loss, outputs } = await result;
      const classes = batch.targets.length / recipe.batchSize;
      this.#meter.add(recipe.batchSize, loss, countCorrect(outputs, batch.targets, classes));
      sum += loss;
    }
    const loss = sum / batches.length;
    this.#done++;
    this.#batch++;
    const record = { step: this.#done, epoch: this.#epoch, loss, lr: rate };
    this.#metrics.append(record);
    this.#events.scalars(this.#done, { 'loss/step': loss, 'learning rate': rate });
    const pace = (recipe.batchSize * batches.length) / seconds(begun);
    this.#pace = this.#pace === 0 ? pace : 0.9 * this.#pace + 0.1 * pace;
    return {
      kind: 'step',
      ...record,
      batch: this.#batch,
      rate,
      meanLoss: this.#meter.loss,
      meanAccuracy: this.#meter.accuracy,
      imagesPerSecond: this.#pace,
    };
  }

  /** Begins an epoch, unless it has begun before the run was last stopped. @returns scalings that are new */
  async beginEpoch(): Promise<ScalingEvent | null> {
    if (this.#batch > 0) return null;
    const model = async (): Promise<Model> => {
      await this.#load();
      return this.#setup.model;
    };
    const event = await this.#scalings.begin({ epoch: this.#epoch, step: this.#done, model });
    this.#state = null;
    return event;
  }

  /** Ends an epoch: measures the model, and begins the next one. */
  async endEpoch(): Promise<EpochEvent> {
    const { validation } = this.#setup.data;
    const [trainLoss, trainAccuracy] = [this.#meter.loss, this.#meter.accuracy];
    const measured = validation && (await this.#measure(validation));
    this.#epoch++;
    const accuracy = measured?.accuracy ?? trainAccuracy;
    const isBest = accuracy > this.#best;
    if (isBest) this.#best = accuracy;
    const record = {
      kind: 'epoch',
      step: this.#done,
      epoch: this.#epoch,
      trainLoss,
      trainAccuracy,
      valLoss: measured?.loss ?? null,
      valAccuracy: measured?.accuracy ?? null,
      seconds: this.#before + seconds(this.#since),
    } as const;
    this.#metrics.append(record);
    this.#events.scalars(this.#done, {
      'loss/train': trainLoss,
      'accuracy/train': trainAccuracy,
      ...(measured && {
        'loss/validation': measured.loss,
        'accuracy/validation': measured.accuracy,
      }),
    });
    this.#meter = new Meter();
    [this.#batch, this.#before, this.#since] = [0, 0, performance.now()];
    return { ...record, isBest };
  }

  /** @param best whether no checkpoint before it was better */
  async checkpoint(best: boolean): Promise<CheckpointEvent> {
    const { recipe, step } = this.#setup;
    const { parameters, optimizer } = splitState(step, await this.#load());
    this.#metrics.sync();
    const progress = { step: this.#done, epoch: this.#epoch, batch: this.#batch };
    const spent = this.#before + seconds(this.#since);
    const extra = { meter: this.#meter.toJson(), best: this.#best, seconds: spent };
    const model = encodeModel(this.#setup.model);
    const content = { ...progress, parameters, state: optimizer, model, extra };
    const path = await writeCheckpoint(this.#dir, content, { keep: recipe.keep, best });
    return { kind: 'checkpoint', step: this.#done, path };
  }

  close(): void {
    this.#metrics.close();
    this.#events.close();
    this.#scalings.close();
  }

  /** Puts the weights as they are now into the model. @returns the whole state */
  async #load(): Promise<ReadonlyMap<string, Tensor>> {
    if (this.#state) return this.#state;
    const state = await this.#step.state();
    setInitializers(this.#setup.model, deployedWeights(splitState(this.#setup.step, state)));
    this.#state = state;
    return state;
  }

  async #measure(batches: Batches): Promise<Meter> {
    await this.#load();
    const { model, loss, recipe } = this.#setup;
    return evaluate(model, batches, loss, { device: recipe.device });
  }
}
