import { permutation } from '../../data/augment/random.js';
import { type Batches, type Examples, openBatches, openDataset } from '../../data/index.js';
import { ReparamError } from '../../errors.js';
import { uniform } from '../../tensor/index.js';
import type { Recipe } from '../recipe/index.js';

/** What a model is trained on, and what it is measured on. */
export interface TrainingData {
  readonly train: Batches;
  /** Null where the data have no images for it and none are held out. */
  readonly validation: Batches | null;
  readonly classes: readonly string[];
  readonly trainImages: number;
  readonly validationImages: number;
  readonly notes: readonly string[];
  close(): Promise<void>;
}

/** Steps that bring images to a size, where they do not have it. */
function resizing({ shape }: Examples, imageSize: number | null): string[] {
  const [, height, width] = shape;
  if (imageSize === null || (height === imageSize && width === imageSize)) return [];
  // As torchvision evaluates photographs; images that all have one size are scaled whole.
  return height === null
    ? [`resize=${Math.round(imageSize / 0.875)}`, `centercrop=${imageSize}`]
    : [`resize=${imageSize}:${imageSize}`];
}

const joined = (parts: readonly string[]): string => parts.filter((part) => part !== '').join(',');

function augmentation(examples: Examples, recipe: Recipe): string {
  const { augment, mixup, cutmix, imageSize } = recipe;
  const sized = /resizedcrop|resize=|centercrop/.test(augment) ? [] : resizing(examples, imageSize);
  const mixed = [mixup > 0 ? `mixup=${mixup}` : '', cutmix > 0 ? `cutmix=${cutmix}` : ''];
  return joined([...sized, augment, ...mixed]);
}

/** The images of a split, null where the data set has none. */
async function openSplit(spec: string, split: 'train' | 'test'): Promise<Examples | null> {
  return openDataset(spec, split).catch((error: unknown) => {
    if (split === 'test' && error instanceof ReparamError && error.code === 'input') return null;
    throw error;
  });
}

export interface ValidationOptions {
  readonly batchSize: number;
  /** Height and width that images are brought to; their own by default. */
  readonly imageSize: number | null;
  readonly workers: number;
  /** Statistics for the values from 0 to 1; those of the data set by default. */
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
}

/** Batches to measure a model on, in the order of the data set. @param only which images; all by default */
export const openValidation = (
  examples: Examples,
  { batchSize, imageSize, workers, mean, std }: ValidationOptions,
  only?: Int32Array,
): Promise<Batches> =>
  openBatches(examples, {
    batchSize: Math.min(batchSize, only?.length ?? examples.length),
    augment: joined(resizing(examples, imageSize)),
    shuffle: false,
    workers: Math.min(workers, 1),
    ...(only && { only }),
    ...(mean && { mean }),
    ...(std && { std }),
  });

/**
 * Opens the data that a recipe names. Images for validation are those of the data set's own test part; where it has
 * none, a part of the training images that the recipe holds out.
 */
export async function openTrainingData(recipe: Recipe): Promise<TrainingData> {
  const { data, batchSize, seed, workers, valSplit } = recipe;
  if (data === null) {
    throw new ReparamError('usage', 'no data to train on are given', {
      hint: 'say --data synthetic, --data cifar10:FOLDER …',
    });
  }
  const examples = (await openSplit(data, 'train')) as Examples;
  const test = await openSplit(data, 'test');
  const held = test ? 0 : Math.floor(valSplit * examples.length);
  const order = permutation(examples.length, uniform(seed));
  const [valid, only] = [order.slice(0, held).sort(), order.slice(held).sort()];
  if (only.length < batchSize) {
    throw new ReparamError(
      'usage',
      `${only.length} training images do not fill a batch of ${batchSize}`,
      {
        hint: 'make --batch-size smaller',
      },
    );
  }
  const train = await openBatches(examples, {
    batchSize,
    seed,
    workers,
    augment: augmentation(examples, recipe),
    dropLast: true,
    only,
  });
  const measured = test ?? (held > 0 ? examples : null);
  const validation = measured && (await openValidation(measured, recipe, test ? undefined : valid));
  const notes = [...examples.notes, ...(test?.notes ?? [])];
  if (!validation) notes.push('no images are left to validate on; hold some out with --val-split');
  return {
    train,
    validation,
    classes: examples.classes,
    trainImages: only.length,
    validationImages: test?.length ?? held,
    notes,
    async close() {
      await train.close();
      await validation?.close();
    },
  };
}
