import { inputError } from '../../errors.js';
import { uniform } from '../../tensor/index.js';
import { normalizer } from '../augment/normalize.js';
import { below, mixedSeed, type Random } from '../augment/random.js';
import { imageReader } from '../datasets/storage.js';
import type { Image } from '../images/image.js';
import type { Batch, BatchRequest } from './batch.js';
import { type Recipe, stepsOf } from './recipe.js';

/** Images that are decoded at the same time: enough to keep sharp's threads busy, few enough for large photographs. */
const decodedAhead = 4;

/** Keeps the random numbers of images and of batches apart. */
const streams = { image: 1, batch: 2 } as const;

type MakeBatch = (request: BatchRequest) => Promise<Batch>;

/** Reads images in order, a few ahead of their use. */
function readAhead(
  read: (index: number) => Image | Promise<Image>,
  indices: Int32Array,
): (position: number) => Image | Promise<Image> {
  const begun: (Image | Promise<Image>)[] = [];
  return (position) => {
    while (begun.length < Math.min(position + decodedAhead, indices.length)) {
      const image = read(indices[begun.length] as number);
      // The first that fails ends the batch; nobody asks for those after it.
      if (image instanceof Promise) image.catch(() => {});
      begun.push(image);
    }
    const image = begun[position] as Image | Promise<Image>;
    begun[position] = done;
    return image;
  };
}

const done: Image = { channels: 0, height: 0, width: 0, pixels: new Uint8Array() };

function checkShape(image: Image, { shape }: Recipe, index: number): void {
  const found = [image.channels, image.height, image.width];
  if (found.join() === shape.join()) return;
  const problem = `is [${found.join(', ')}], but batches take [${shape.join(', ')}]`;
  throw inputError(`image ${index} ${problem}`, {
    hint: 'bring all images to one size: resizedcrop=224, or resize=256,centercrop=224',
  });
}

/**
 * How to make batches by a recipe. Random numbers depend on the seed, the epoch and the index of the image (of the batch
 * for mixing), so that a batch is the same bit by bit whoever makes it and whatever was made before.
 */
export function batchMaker(recipe: Recipe): MakeBatch {
  const { shape, seed, classes, labels } = recipe;
  const [channels, height, width] = shape;
  const size = channels * height * width;
  const steps = stepsOf(recipe.augment);
  const normalize = normalizer(recipe.mean, recipe.std);
  const read = imageReader(recipe.storage);

  const augment = (image: Image, index: number, random: Random, target: Float32Array): void => {
    const changed = steps.pixels.reduce((result, step) => step.apply(result, random), image);
    checkShape(changed, recipe, index);
    normalize(changed.pixels, target);
    for (const step of steps.values) step.apply(target, { height, width }, random);
  };

  return async ({ epoch, index, indices }) => {
    const count = indices.length;
    const images = new Float32Array(count * size);
    const targets = new Float32Array(count * classes);
    const next = readAhead(read, indices);
    for (let i = 0; i < count; i++) {
      const example = indices[i] as number;
      const image = next(i);
      const random = uniform(mixedSeed(streams.image, seed, epoch, example));
      const target = images.subarray(i * size, (i + 1) * size);
      // Waiting for what is there would cost as much as augmenting it.
      augment(image instanceof Promise ? await image : image, example, random, target);
      targets[i * classes + (labels[example] as number)] = 1;
    }
    const random = uniform(mixedSeed(streams.batch, seed, epoch, index));
    const mixing = steps.batch[below(steps.batch.length, random)];
    mixing?.apply({ images, targets, count, height, width }, random);
    return {
      images,
      shape: [count, channels, height, width],
      targets,
      labels: indices.map((example) => labels[example] as number),
      epoch,
      index,
    };
  };
}
