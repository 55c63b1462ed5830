import { performance } from 'node:perf_hooks';
import type { Batches } from '../../data/index.js';
import type { Model } from '../../ir/index.js';
import { encodeModel } from '../../onnx/index.js';
import type { StepInfo } from '../../optimizers/index.js';
import type { Tensor } from '../../tensor/index.js';
import { type ReadCheckpoint, writeCheckpoint } from '../checkpoint/index.js';
import { EventFile, MetricsFile } from '../metrics/index.js';
import { runFiles } from '../runs/index.js';
import type { StepBatch, StepResult } from '../step/index.js';
import { evaluate } from './evaluate.js';
import type {
  CheckpointEvent,
  EpochEvent,
  ScalingEvent,
  StepEvent,
  SurgeryEvent,
} from './events.js';
import type { LiveStep } from './live-step.js';
import { countCorrect, Meter, median } from './meter.js';
import { Revisions } from './revisions.js';
import { ScalingSchedule } from './scalings.js';
import type { TrainingSetup } from './setup.js';
import { setInitializers } from './source-model.js';
import { deployedWeights, splitState } from './weights.js';

const seconds = (since: number): number => (performance.now() - since) / 1000;

/** A run on its way: what has been done, and what it leaves behind. */
export class TrainingRun {
  readonly #dir: string;
  readonly #setup: TrainingSetup;
  readonly #step: LiveStep;
  readonly #metrics: MetricsFile;
  readonly #events: EventFile;
  readonly #scalings: ScalingSchedule;
  readonly #revisions: Revisions;
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
  /** What each step of the epoch took, in seconds. */
  #stepSeconds: number[] = [];

  /** @param checkpoint where the run goes on from, null for its beginning */
  constructor(
    dir: string,
    setup: TrainingSetup,
    step: LiveStep,
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
    if (checkpoint) step.open.setState(new Map([...checkpoint.parameters, ...checkpoint.state]));
    const files = runFiles(dir);
    this.#metrics = new MetricsFile(files.metrics, this.#done);
    this.#scalings = new ScalingSchedule(dir, setup, step, this.#done);
    this.#revisions = new Revisions(dir, setup, step, this.#done);
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

  /**
   * Makes updates. Several are made in one run of the step, each of one batch.
   * @param updates the batches of each
   */
  async steps(updates: readonly (readonly StepBatch[])[]): Promise<StepEvent[]> {
    const begun = performance.now();
    this.#state = null;
    const infos = updates.map((_, i) => {
      const done = this.#done + i;
      return { step: done + 1, rate: this.#setup.rate(done) };
    });
    const results = await this.#results(updates, infos);
    const spent = seconds(begun) / updates.length;
    return updates.map((batches, i) =>
      this.#note(batches, results[i] ?? [], infos[i]?.rate ?? 0, spent),
    );
  }

  /** What came of each batch of each update. */
  async #results(
    updates: readonly (readonly StepBatch[])[],
    infos: readonly StepInfo[],
  ): Promise<StepResult[][]> {
    const { open } = this.#step;
    if (updates.length > 1) {
      const results = await open.runSeveral(updates.flat(), infos);
      return results.map((result) => [result]);
    }
    const [[batches], [info]] = [updates, infos];
    if (!batches || !info) return [];
    const results: StepResult[] = [];
    for (const [i, batch] of batches.entries()) {
      const last = i === batches.length - 1;
      results.push(await (last ? open.run(batch, info) : open.accumulate(batch, info)));
    }
    return [results];
  }

  /** Keeps what came of an update. @param spent seconds */
  #note(
    batches: readonly StepBatch[],
    results: readonly StepResult[],
    rate: number,
    spent: number,
  ): StepEvent {
    const { batchSize } = this.#setup.recipe;
    for (const [i, { loss, outputs }] of results.entries()) {
      const { targets } = batches[i] as StepBatch;
      this.#meter.add(batchSize, loss, countCorrect(outputs, targets, targets.length / batchSize));
    }
    const loss = results.reduce((sum, result) => sum + result.loss, 0) / results.length;
    this.#done++;
    this.#batch++;
    this.#stepSeconds.push(spent);
    const record = { step: this.#done, epoch: this.#epoch, loss, lr: rate };
    this.#metrics.append(record);
    this.#events.scalars(this.#done, { 'loss/step': loss, 'learning rate': rate });
    const pace = (batchSize * batches.length) / spent;
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

  /** Begins an epoch, unless it has begun before the run was last stopped. @returns what changes with it */
  async *beginEpoch(): AsyncGenerator<SurgeryEvent | ScalingEvent, void, void> {
    if (this.#batch > 0) return;
    const moment = { epoch: this.#epoch, step: this.#done };
    yield* this.#revisions.begin(moment);
    this.#state = null;
    const model = async (): Promise<Model> => {
      await this.#load();
      return this.#step.model;
    };
    const scalings = await this.#scalings.begin({ ...moment, model });
    if (scalings) yield scalings;
    this.#state = null;
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
      stepSeconds: median(this.#stepSeconds),
      // Node gives kibibytes.
      peakMemory: 1024 * process.resourceUsage().maxRSS,
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
    this.#stepSeconds = [];
    [this.#batch, this.#before, this.#since] = [0, 0, performance.now()];
    return { ...record, isBest };
  }

  /** @param best whether no checkpoint before it was better */
  async checkpoint(best: boolean): Promise<CheckpointEvent> {
    const { recipe } = this.#setup;
    const { parameters, optimizer } = splitState(this.#step.graph, await this.#load());
    this.#metrics.sync();
    const progress = { step: this.#done, epoch: this.#epoch, batch: this.#batch };
    const spent = this.#before + seconds(this.#since);
    const extra = { meter: this.#meter.toJson(), best: this.#best, seconds: spent };
    const model = encodeModel(this.#step.model);
    const content = { ...progress, parameters, state: optimizer, model, extra };
    const path = await writeCheckpoint(this.#dir, content, { keep: recipe.keep, best });
    return { kind: 'checkpoint', step: this.#done, path };
  }

  close(): void {
    this.#metrics.close();
    this.#events.close();
    this.#scalings.close();
    this.#revisions.close();
  }

  /** Puts the weights as they are now into the model. @returns the whole state */
  async #load(): Promise<ReadonlyMap<string, Tensor>> {
    if (this.#state) return this.#state;
    const state = await this.#step.open.state();
    setInitializers(this.#step.model, deployedWeights(splitState(this.#step.graph, state)));
    this.#state = state;
    return state;
  }

  async #measure(batches: Batches): Promise<Meter> {
    await this.#load();
    const { loss, recipe } = this.#setup;
    return evaluate(this.#step.model, batches, loss, { device: recipe.device });
  }
}
