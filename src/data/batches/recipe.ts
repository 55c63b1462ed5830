import { inputError, ReparamError } from '../../errors.js';
import { type BatchStep, type PixelStep, parseAugment, type ValueStep } from '../augment/index.js';
import type { Examples, Normalization } from '../datasets/index.js';
import type { Storage } from '../datasets/storage.js';
import type { Extent } from '../images/geometry.js';

/** All that making batches takes, as plain data that threads can be given. */
export interface Recipe extends Normalization {
  readonly storage: Storage;
  readonly labels: Int32Array;
  readonly classes: number;
  /** Channels, height and width of the images in a batch. */
  readonly shape: readonly [number, number, number];
  /** As {@link parseAugment} reads it. */
  readonly augment: string;
  readonly seed: number;
}

export interface Steps {
  readonly pixels: readonly PixelStep[];
  readonly values: readonly ValueStep[];
  readonly batch: readonly BatchStep[];
}

export function stepsOf(augment: string): Steps {
  const steps = parseAugment(augment);
  return {
    pixels: steps.filter((step) => step.stage === 'pixels'),
    values: steps.filter((step) => step.stage === 'values'),
    batch: steps.filter((step) => step.stage === 'batch'),
  };
}

/** The size that the steps bring all images to; where they have none, that of the first image. */
async function sizeOf(examples: Examples, steps: readonly PixelStep[]): Promise<Extent> {
  const fixed = steps.findLast(({ size }) => size !== null)?.size;
  if (fixed) return fixed;
  return steps.reduce((image, step) => step.apply(image, () => 0), await examples.read(0));
}

function checkPerChannel(name: string, values: readonly number[], channels: number): void {
  const usable = (value: number) => Number.isFinite(value) && (name === 'mean' || value > 0);
  if (values.length === channels && values.every(usable)) return;
  const what = name === 'mean' ? 'a number' : 'a number above 0';
  throw new ReparamError('usage', `${name} takes ${what} for each of ${channels} channels`);
}

/**
 * @throws ReparamError ('usage') for augmentations or statistics that do not fit the images, ('input') for a data set
 *   without images.
 */
export async function recipeFor(
  examples: Examples,
  { augment = '', seed = 0, mean = examples.mean, std = examples.std }: Partial<Recipe>,
): Promise<Recipe> {
  if (examples.length === 0) throw inputError(`the data set ${examples.name} holds no images`);
  const [channels] = examples.shape;
  checkPerChannel('mean', mean, channels);
  checkPerChannel('std', std, channels);
  const { height, width } = await sizeOf(examples, stepsOf(augment).pixels);
  return {
    storage: examples.storage,
    labels: examples.labels,
    classes: examples.classes.length,
    shape: [channels, height, width],
    augment,
    seed,
    mean,
    std,
  };
}
