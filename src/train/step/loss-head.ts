import { inputError } from '../../errors.js';
import { GraphBuilder, inferTypes, type Model, type Value } from '../../ir/index.js';
import { distillationLoss, withDistillation } from '../losses/distillation.js';
import type { Distillation, Loss, LossOptions } from '../losses/index.js';
import type { ImageInput } from './images.js';
import { addTeacher } from './teacher.js';

export interface LossHeadOptions {
  readonly loss: Loss;
  readonly lossOptions?: LossOptions;
  /** A model for the same images and classes whose outputs are learned too. */
  readonly teacher?: Model;
  /** How much counts what the teacher says: half the loss at a temperature of 4 by default. */
  readonly distillation?: Distillation;
}

export interface LossHead {
  /** `[N, K]` */
  readonly outputs: Value;
  /** `[N, K]`, a new graph input. */
  readonly targets: Value;
  /** One number. */
  readonly loss: Value;
}

/** Lengths of outputs. @throws ReparamError unless they are one row for each image, or of any known shape. */
function dimsOf(
  model: Model,
  images: ImageInput,
  outputs: Value,
  anyShape = false,
): readonly [number, number, ...number[]] {
  const inputShapes = new Map([[images.value.name, images.dims]]);
  const shape = inferTypes(model, { inputShapes }).of(outputs)?.shape ?? null;
  const known = shape?.every((length) => typeof length === 'number') ?? false;
  const isRow = shape?.length === 2 || (anyShape && (shape?.length ?? 0) > 2);
  if (!known || !isRow || shape?.[0] !== images.dims[0]) {
    throw inputError(
      `the output '${outputs.name}' is [${shape?.join(', ') ?? '?'}], not one row of numbers for each image`,
      { at: outputs.name, hint: 'classifiers and the like can be trained' },
    );
  }
  return shape as unknown as readonly [number, number, ...number[]];
}

/**
 * Adds a loss behind the first output of a model.
 * @throws ReparamError unless that is one row for each image, and the teacher's is as long.
 */
export function addLoss(model: Model, images: ImageInput, options: LossHeadOptions): LossHead {
  const { graph } = model;
  const [outputs] = graph.outputs;
  if (!outputs) throw inputError('the model has no output');
  const dims = dimsOf(model, images, outputs, options.loss.anyShape);
  const [, classes] = dims;
  const taught = options.teacher && addTeacher(model, images, options.teacher);
  if (taught) {
    const [, known] = dimsOf(model, images, taught);
    if (known !== classes) {
      throw inputError(`the teacher has ${known} outputs, but the model has ${classes}`);
    }
  }
  const b = new GraphBuilder(graph);
  const targets = graph.newInput('targets', { dtype: 'float32', shape: dims });
  const own = options.loss.build(b, outputs, targets, { classes, ...options.lossOptions });
  if (!taught) return { outputs, targets, loss: own };
  const { alpha, temperature } = options.distillation ?? { alpha: 0.5, temperature: 4 };
  const distilled = distillationLoss(b, outputs, taught, temperature);
  return { outputs, targets, loss: withDistillation(b, own, distilled, alpha) };
}
