import { internalError } from '../../errors.js';
import {
  type OptimizerOptions,
  type OptimizerType,
  optimizerTypes,
  scalingName,
} from '../../optimizers/index.js';
import { normal, Tensor, uniform } from '../../tensor/index.js';
import { losses } from '../losses/index.js';
import type { StepBatch } from '../step/index.js';
import type { Factors } from './network/merged.js';
import { batchSize, classes, imageShape, type Network } from './network/network.js';
import type { OpenTrainer, Trainer, Values } from './trainer.js';

/** How the networks of a theorem are run. */
export interface Context {
  readonly open: OpenTrainer;
  /** Whether to use only operators that run on every device. */
  readonly portable?: boolean;
  /** How many steps networks learn together; 40 by default. */
  readonly steps?: number;
}

/** A network and how it learns. */
export interface Side {
  readonly network: Network;
  readonly optimizer: OptimizerType;
  readonly options?: OptimizerOptions;
  /** G by the name of the parameter. */
  readonly scaling?: ReadonlyMap<string, Factors>;
  /** What its optimizer holds beside G, by name. */
  readonly held?: ReadonlyMap<string, Factors>;
  /** Learning rate of a step, from 1. */
  readonly rate?: (step: number) => number;
  /** How much of the batch's statistics goes into the running ones. */
  readonly batchNormMomentum?: number;
}

/** A network on its way. */
export interface Learner {
  readonly trainer: Trainer;
  /** Makes a step. @returns the outputs before it */
  learn(step: number): Promise<ArrayLike<number>>;
  /** The parameters of the network with one convolution a layer. */
  merged(): Promise<Values>;
  /** Moves the network to where its merged parameters are these. */
  moveTo(merged: Values): Promise<void>;
}

export function optimizerNamed(name: string): OptimizerType {
  const found = optimizerTypes.find((type) => type.name === name);
  if (!found) throw internalError(`no optimizer is called '${name}'`);
  return found;
}

/** Random images and classes, always the same for a step. */
function batchOf(step: number): StepBatch {
  const [next, choose] = [normal(1000 + step), uniform(5000 + step)];
  const size = batchSize * imageShape.reduce((a, b) => a * b, 1);
  const targets = new Float32Array(batchSize * classes);
  for (let n = 0; n < batchSize; n++) targets[n * classes + Math.floor(classes * choose())] = 1;
  return { images: Float32Array.from({ length: size }, () => next()), targets };
}

const constantRate = (): number => 0.1;

/** In the precision that step graphs are built with. */
export const asTensor = ({ dims, values }: Factors): Tensor =>
  Tensor.fromNumbers('float32', dims, values);

/** All that a side's optimizer holds, by its names in the state. */
const heldBy = ({ scaling = new Map(), held = new Map() }: Side): Values =>
  new Map([
    ...[...scaling].map(([name, { values }]) => [scalingName(name), values] as const),
    ...[...held].map(([name, { values }]) => [name, values] as const),
  ]);

/** Opens a side, with G as exact as the trainer holds it. */
export async function start({ open, portable = false }: Context, side: Side): Promise<Learner> {
  const { network, optimizer, options, scaling = new Map(), rate = constantRate } = side;
  const { batchNormMomentum } = side;
  const trainer = await open(network.model, {
    batchSize,
    loss: losses[0],
    optimizer,
    optimizerOptions: {
      ...options,
      scaling: new Map([...scaling].map(([name, factors]) => [name, asTensor(factors)])),
    },
    freeze: network.frozen,
    portable,
    ...(batchNormMomentum !== undefined && { batchNormMomentum }),
  });
  trainer.setState(heldBy(side));
  return {
    trainer,
    learn: (number) => trainer.run(batchOf(number), { step: number, rate: rate(number) }),
    merged: async () => network.merged(await trainer.state()),
    async moveTo(merged) {
      trainer.setState(network.moved(await trainer.state(), merged));
    },
  };
}
