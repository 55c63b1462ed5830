import { openDataset } from '../../data/index.js';
import { inputError } from '../../errors.js';
import type { Model } from '../../ir/index.js';
import type { SessionOptions } from '../../runtime/index.js';
import type { Loss } from '../losses/index.js';
import { openValidation, type ValidationOptions } from './data.js';
import { evaluate } from './evaluate.js';
import { openBatch } from './source-model.js';

export interface Evaluation {
  readonly images: number;
  /** 0 to 1. */
  readonly accuracy: number;
  /** Mean over the images. */
  readonly loss: number;
}

/**
 * Measures a classifier on the test part of a data set.
 * @param spec as {@link openDataset} takes it
 * @throws ReparamError when the data cannot be read, or do not fit the model.
 */
export async function evaluateOn(
  model: Model,
  spec: string,
  loss: Loss,
  options: ValidationOptions,
  session: SessionOptions = {},
  onProgress: (done: number, total: number) => void = () => undefined,
): Promise<Evaluation> {
  const examples = await openDataset(spec, 'test');
  const classes = model.graph.outputs[0]?.type?.shape?.at(-1);
  if (typeof classes === 'number' && classes !== examples.classes.length) {
    throw inputError(
      `the model has ${classes} outputs, but ${examples.name} has ${examples.classes.length} classes`,
    );
  }
  openBatch(model);
  const batches = await openValidation(examples, options);
  try {
    checkSize(model, batches.shape);
    const meter = await evaluate(model, batches, loss, session, ({ images }) =>
      onProgress(images, examples.length),
    );
    return { images: meter.images, accuracy: meter.accuracy, loss: meter.loss };
  } finally {
    await batches.close();
  }
}

/** @throws ReparamError for images of another size than the model takes. */
function checkSize({ graph }: Model, image: readonly number[]): void {
  const [input] = graph.inputs.filter((value) => !value.constant);
  const stated = input?.type?.shape?.slice(1) ?? [];
  const differs = stated.some((length, i) => typeof length === 'number' && length !== image[i]);
  if (!differs) return;
  throw inputError(`the model takes images of [${stated.join(', ')}], not [${image.join(', ')}]`, {
    hint: 'bring them to its size with --image-size',
  });
}
