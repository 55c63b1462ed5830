import { ReparamError } from '../../errors.js';
import type { Model } from '../../ir/index.js';
import { decodeModel, loadModel } from '../../onnx/index.js';
import { type OptimizerOptions, optimizerTypes, type Scalings } from '../../optimizers/index.js';
import { learningRate, type Rate } from '../../optimizers/schedules/index.js';
import type { Tensor } from '../../tensor/index.js';
import { type PreparedStep, type TrainingEngine, trainingEngines } from '../engines/index.js';
import { type Loss, losses } from '../losses/index.js';
import { type Prepared, scalingTensor, trainingMethods } from '../methods/index.js';
import type { Recipe } from '../recipe/index.js';
import type { StepOptions } from '../step/index.js';
import { openTrainingData, type TrainingData } from './data.js';
import { openBatch, openSourceModel } from './source-model.js';

/** A run that is ready to begin. */
export interface TrainingSetup {
  readonly recipe: Recipe;
  /** The model in inference form; its initializers are replaced as training goes on. */
  readonly model: Model;
  readonly prepared: Prepared;
  /** What computes the steps. */
  readonly engine: TrainingEngine;
  readonly step: PreparedStep;
  /** What the step was built with. */
  readonly stepOptions: StepOptions;
  readonly data: TrainingData;
  readonly loss: Loss;
  /** Learning rate by the number of steps done. A step takes `accumulate` batches. */
  readonly rate: Rate;
  readonly stepsPerEpoch: number;
}

/** The entry of a registry that a recipe names; recipes accept no other names. */
function named<T extends { readonly name: string }>(entries: readonly T[], name: string): T {
  return entries.find((entry) => entry.name === name) as T;
}

/** What scalings are before they set in. */
const neutral = ({ dims }: Tensor): Tensor => scalingTensor(dims, null);

function firstScalings({ scalings, schedule }: Prepared): Scalings | null {
  if (!scalings || schedule === 'none') return scalings;
  return new Map([...scalings].map(([weight, tensor]) => [weight, neutral(tensor)]));
}

function optimizerOptions(recipe: Recipe, prepared: Prepared): OptimizerOptions {
  const { momentum, dampening, nesterov, betas, eps, alpha, weightDecay, decoupled } = recipe;
  const { clipNorm, clipValue } = recipe;
  const scaling = firstScalings(prepared);
  return {
    ...{ momentum, dampening, nesterov, eps, alpha, weightDecay },
    ...(betas && { betas: betas as readonly [number, number] }),
    ...(decoupled && { decoupled }),
    ...(clipNorm !== null && { clipNorm }),
    ...(clipValue !== null && { clipValue }),
    ...(scaling && { scaling }),
  };
}

/**
 * Opens data and model, and prepares the step.
 * @param structure the model of the checkpoint that the run goes on from, as a file: a method may have revised it
 * @throws ReparamError when model and data do not fit each other.
 */
export async function setUpTraining(
  recipe: Recipe,
  structure: Uint8Array | null = null,
): Promise<TrainingSetup> {
  if (recipe.model === null) {
    throw new ReparamError('usage', 'no model to train is given', {
      hint: 'say --model resnet20, or the path of an ONNX file',
    });
  }
  const data = await openTrainingData(recipe);
  try {
    const { classes = data.classes.length } = { classes: recipe.classes ?? data.classes.length };
    const image = data.train.shape;
    const source = await openSourceModel({
      ...{ model: recipe.model, classes, image },
      seed: recipe.seed,
    });
    const optimizer = named(optimizerTypes, recipe.optimizer);
    const prepared = await named(trainingMethods, recipe.method).prepare(source, recipe, optimizer);
    const model = prepared.revise && structure ? decodeModel(structure) : prepared.model;
    const teacher = recipe.teacher === null ? null : await loadModel(recipe.teacher);
    const loss = named(losses, recipe.loss);
    const stepOptions: StepOptions = {
      batchSize: recipe.batchSize,
      image,
      loss,
      lossOptions: {
        labelSmoothing: recipe.labelSmoothing,
        ...(recipe.classWeights.length > 0 && { classWeights: recipe.classWeights }),
      },
      optimizer,
      optimizerOptions: optimizerOptions(recipe, prepared),
      noDecay: recipe.noDecay,
      freeze: recipe.freeze,
      trainOnly: recipe.trainOnly,
      batchNormMomentum: recipe.bnMomentum,
      portable: recipe.device !== 'cpu',
      accumulate: recipe.accumulate,
      ...(recipe.ema > 0 && { averageDecay: recipe.ema }),
      ...(teacher && {
        teacher,
        distillation: { alpha: recipe.distillAlpha, temperature: recipe.temperature },
      }),
    };
    const engine = named(trainingEngines, recipe.engine);
    const step = engine.prepare(model, stepOptions);
    const [, outputs] = step.targets.dims;
    if (outputs !== data.classes.length) {
      throw new ReparamError(
        'input',
        `the model has ${outputs} outputs, but the data have ${data.classes.length} classes`,
        {
          at: recipe.model,
          hint: 'give a model whose last layer has one output a class',
        },
      );
    }
    openBatch(model);
    const { lr, epochs } = recipe;
    const stepsPerEpoch = Math.floor(data.train.perEpoch / recipe.accumulate);
    if (stepsPerEpoch === 0) {
      throw new ReparamError(
        'usage',
        `${data.train.perEpoch} batches an epoch do not make a step of ${recipe.accumulate}`,
        { hint: 'make --accumulate or --batch-size smaller' },
      );
    }
    const rate = learningRate(recipe.schedule, { lr, epochs, stepsPerEpoch }, recipe);
    return { recipe, model, prepared, engine, step, stepOptions, data, loss, rate, stepsPerEpoch };
  } catch (error) {
    await data.close();
    throw error;
  }
}
