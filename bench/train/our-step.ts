import { sproutBranches } from '../../src/branches/index.js';
import type { Model } from '../../src/ir/index.js';
import { buildModel, modelBuilders } from '../../src/models/index.js';
import { optimizerTypes } from '../../src/optimizers/index.js';
import { type Device, openSession, type SessionOptions } from '../../src/runtime/index.js';
import { spatialConvs } from '../../src/sgs/index.js';
import { normal, Tensor } from '../../src/tensor/index.js';
import { losses } from '../../src/train/losses/index.js';
import { trainingMethods } from '../../src/train/methods/index.js';
import { defaultRecipe } from '../../src/train/recipe/index.js';
import { buildTrainingStep, openStep, type TrainingStep } from '../../src/train/step/index.js';
import type { Duration } from './python.js';

const classes = 10;
const image = [3, 32, 32] as const;

/** Of a network with a form for ImageNet and one for small images, the latter. */
const smallForm = (net: string): string =>
  modelBuilders.some(({ name }) => name === `${net}_cifar`) ? `${net}_cifar` : net;

/** Puts branches beside every second convolution with several taps: a network that grows them, half-way through. */
function growHalf(model: Model): void {
  const weights = new Set(spatialConvs(model).map(({ weight }) => weight));
  for (const [i, weight] of [...weights].entries()) {
    if (i % 2 === 1) sproutBranches(model, weight, { set: 1, scale: 0.1, seed: 1 });
  }
}

/** The training step that is compared: SGD with momentum and weight decay. */
export async function buildStep(
  net: string,
  batchSize: number,
  method = 'baseline',
  device: Device = 'cpu',
): Promise<TrainingStep> {
  const [loss] = losses;
  const optimizer = optimizerTypes.find(({ name }) => name === 'sgd');
  const training = trainingMethods.find(({ name }) => name === method);
  if (!loss || !optimizer || !training)
    throw new Error(`no loss, no SGD, or no method '${method}'`);
  const source = buildModel(smallForm(net), { classes, image });
  const { model, scalings, revise } = await training.prepare(source, defaultRecipe, optimizer);
  if (revise) growHalf(model);
  return buildTrainingStep(model, {
    batchSize,
    image,
    portable: device !== 'cpu',
    loss,
    optimizer,
    optimizerOptions: { momentum: 0.9, weightDecay: 5e-4, ...(scalings && { scaling: scalings }) },
  });
}

export interface TrainingData {
  readonly images: Float32Array;
  readonly targets: Float32Array;
}

export function trainingData(batch: number): TrainingData {
  const next = normal(1);
  const images = Float32Array.from({ length: batch * 3 * 32 * 32 }, () => next());
  const targets = new Float32Array(batch * classes);
  for (let i = 0; i < batch; i++) targets[i * classes + (i % classes)] = 1;
  return { images, targets };
}

async function timed(work: () => Promise<unknown>): Promise<Duration> {
  const [start, before] = [performance.now(), process.cpuUsage()];
  await work();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  return { seconds, processor: (user + system) / 1e6 };
}

/** Our side of the comparison. */
export interface OurStep {
  /** Seconds to build the step graph and to open it. */
  readonly opening: number;
  /** One step: the mean of those that one run makes. */
  step(): Promise<Duration>;
  close(): Promise<void>;
}

export async function openOurs(
  net: string,
  batch: number,
  options: SessionOptions,
  method = 'baseline',
): Promise<OurStep> {
  const start = performance.now();
  const open = await openStep(await buildStep(net, batch, method, options.device), options);
  const opening = (performance.now() - start) / 1000;
  const data = trainingData(batch);
  const together = Array.from({ length: open.together }, () => data);
  let number = 0;
  const infos = () => together.map(() => ({ step: ++number, rate: 0.05 }));
  return {
    opening,
    async step() {
      const { seconds, processor } = await timed(() => open.runSeveral(together, infos()));
      return { seconds: seconds / together.length, processor: processor / together.length };
    },
    close: () => open.release(),
  };
}

/** The same network in inference mode. */
export async function openForward(net: string, batch: number, options: SessionOptions) {
  const model = buildModel(smallForm(net), { classes, image });
  const [input] = model.graph.inputs;
  if (!input) throw new Error(`${net} has no input`);
  const { images } = trainingData(batch);
  const feeds = new Map([[input.name, Tensor.floats([batch, ...image], images)]]);
  const session = await openSession(model, options);
  return {
    run: () => timed(() => session.run(feeds)),
    close: () => session.release(),
  };
}
