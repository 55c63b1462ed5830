import { Presets, SingleBar } from 'cli-progress';
import type {
  EpochEvent,
  PlacementEvent,
  ScalingEvent,
  StartEvent,
  StepEvent,
  SurgeryEvent,
} from '../../src/train/loop/events.js';
import { colorsFor } from './colors.js';
import { duration } from './duration.js';
import { plural } from './format.js';

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
const figure = (value: number): string => value.toFixed(4);

export function startText(event: StartEvent): string {
  const { dim } = colorsFor(process.stdout);
  const { model, data, parameters, trainImages, validationImages, epochs, stepsPerEpoch, step } =
    event;
  const millions = (parameters / 1e6).toFixed(2);
  const images = `${trainImages} images, ${validationImages} for validation`;
  const lines = [
    `${model}: ${millions} M parameters, on ${data} (${images})`,
    `${plural(epochs, 'epoch')} of ${plural(stepsPerEpoch, 'step')}${step > 0 ? `, going on after step ${step}` : ''}`,
  ];
  return [...lines, ...event.notes.map((note) => dim(`note: ${note}`))].join('\n');
}

export function placementText({ placement }: PlacementEvent): string | null {
  if (placement === null) return null;
  const { dim } = colorsFor(process.stdout);
  const nodes = Object.entries(placement.nodes).map(([name, count]) => `${count} on ${name}`);
  const fallbacks = Object.entries(placement.fallbacks).map(([op, count]) => `${count} ${op}`);
  const strayed = fallbacks.length > 0 ? `; fell back to the CPU: ${fallbacks.join(', ')}` : '';
  return dim(`nodes of the step: ${nodes.join(', ')}${strayed}`);
}

export function epochText(event: EpochEvent, epochs: number): string {
  const { bold } = colorsFor(process.stdout);
  const { epoch, trainLoss, trainAccuracy, valLoss, valAccuracy, seconds, isBest } = event;
  const train = `loss ${figure(trainLoss ?? Number.NaN)}  accuracy ${percent(trainAccuracy ?? 0)}`;
  const validation =
    valLoss === null || valAccuracy === null
      ? ''
      : `  validation loss ${figure(valLoss)}  accuracy ${isBest ? bold(percent(valAccuracy)) : percent(valAccuracy)}`;
  return `epoch ${epoch}/${epochs}  ${train}${validation}  ${duration(seconds)}`;
}

export function scalingText({ layers, epoch, seconds }: ScalingEvent): string {
  const { dim } = colorsFor(process.stdout);
  const peaks = layers.map(({ values }) => Math.max(...values));
  const mean = peaks.reduce((sum, peak) => sum + peak, 0) / peaks.length;
  const text = `scalings of ${plural(layers.length, 'layer')} from epoch ${epoch + 1} on`;
  return dim(`${text}: largest factor ${mean.toFixed(2)} in the mean  ${duration(seconds)}`);
}

export function surgeryText(event: SurgeryEvent): string {
  const { dim } = colorsFor(process.stdout);
  const { layer, change, branches, score, difference, epoch, seconds } = event;
  const what = change === 'grown' ? 'grow beside' : 'are removed from beside';
  const figures = `score ${score.toExponential(2)}, outputs moved by ${difference.toExponential(1)}`;
  const text = `from epoch ${epoch + 1} on, ${branches.join(', ')} ${what} ${layer}`;
  return dim(`${text}: ${figures}  ${duration(seconds)}`);
}

/** A bar on stderr with what matters while one waits; nothing where nobody is watching. */
export class TrainBar {
  readonly #bar: SingleBar | null;
  #epoch = -1;

  constructor(quiet: boolean) {
    this.#bar =
      quiet || !process.stderr.isTTY
        ? null
        : new SingleBar(
            {
              format: 'epoch {epoch} {bar} {value}/{total}  {figures}',
              stream: process.stderr,
              hideCursor: true,
              clearOnComplete: true,
              barsize: 20,
            },
            Presets.shades_classic,
          );
  }

  show(event: StepEvent, { stepsPerEpoch, epochs }: StartEvent, batchSize: number): void {
    const left = epochs * stepsPerEpoch - event.step;
    const pace = `${event.imagesPerSecond.toFixed(0)} images/s`;
    const eta = duration((left * batchSize) / event.imagesPerSecond);
    const means = `loss ${figure(event.meanLoss)}  accuracy ${percent(event.meanAccuracy)}`;
    const payload = {
      epoch: `${event.epoch + 1}/${epochs}`,
      figures: `${means}  ${pace}  ${eta} left`,
    };
    if (event.epoch !== this.#epoch) this.#bar?.start(stepsPerEpoch, event.batch, payload);
    this.#epoch = event.epoch;
    this.#bar?.update(event.batch, payload);
  }

  /** Takes the bar away, for a line of text. */
  clear(): void {
    this.#bar?.stop();
    this.#epoch = -1;
  }
}
