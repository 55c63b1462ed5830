import { ReparamError } from '../../errors.js';
import { hasWorkers, Workers } from '../../runtime/threads/workers.js';
import { uniform } from '../../tensor/index.js';
import { mixedSeed, permutation } from '../augment/random.js';
import type { Examples } from '../datasets/index.js';
import type { Batch, BatchRequest } from './batch.js';
import { batchMaker } from './make.js';
import { recipeFor } from './recipe.js';

export type { Batch } from './batch.js';

const script = new URL('./worker.js', import.meta.url);

export interface BatchOptions {
  readonly batchSize: number;
  /** Decides the order and all random changes; 0 by default. */
  readonly seed?: number;
  /** Changes of the images, as `parseAugment` reads them; none by default. */
  readonly augment?: string;
  /** A number a channel, for values from 0 to 1; those of the data set by default. */
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  /** Threads that make batches; 1 by default, 0 for none. They change nothing but the time it takes. */
  readonly workers?: number;
  /** Whether each epoch has an order of its own; true by default. */
  readonly shuffle?: boolean;
  /** Which images of the data set, by index; all by default. */
  readonly only?: Int32Array;
  /** Whether images at the end of an epoch that do not fill a batch are left out; false by default. */
  readonly dropLast?: boolean;
}

export interface EpochOptions {
  /** The first batch: those before it are not made, and the others are what they would be. */
  readonly start?: number;
}

/** Batches of a data set, epoch by epoch. */
export interface Batches {
  /** Batches of an epoch. */
  readonly perEpoch: number;
  /** Channels, height and width of the images. */
  readonly shape: readonly [number, number, number];
  readonly classes: readonly string[];
  /**
   * The batches of one epoch in order, some made ahead. Breaking off needs no care: what was made ahead is dropped, and
   * no thread keeps the process alive.
   * @throws ReparamError for an image that is damaged or of another size, and when a thread ends.
   */
  epoch(epoch: number, options?: EpochOptions): AsyncGenerator<Batch, void, void>;
  /** Ends the threads. */
  close(): Promise<void>;
}

/** Batches made ahead for each thread: one in work, one to go on with. */
const aheadPerWorker = 2;

const wholeNumber = (name: string, value: number, least: number): void => {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new ReparamError('usage', `${name} is a whole number from ${least} on, not ${value}`);
};

/** Keeps the order of an epoch apart from the random numbers of its images. */
const orderStream = 0;

interface Order {
  readonly images: Int32Array;
  readonly batchSize: number;
  readonly seed: number;
  readonly shuffle: boolean;
}

/** Which images the batches of an epoch hold. */
function requestsOf(
  { images, batchSize, seed, shuffle }: Order,
  epoch: number,
): (index: number) => BatchRequest {
  const order = shuffle
    ? permutation(images.length, uniform(mixedSeed(orderStream, seed, epoch))).map(
        (place) => images[place] as number,
      )
    : images;
  return (index) => ({
    epoch,
    index,
    indices: order.slice(index * batchSize, (index + 1) * batchSize),
  });
}

type Request = (request: BatchRequest) => () => Promise<Batch>;

async function* made(
  requests: (index: number) => BatchRequest,
  [start, end]: readonly [number, number],
  request: Request,
  ahead: number,
): AsyncGenerator<Batch, void, void> {
  const begun: (() => Promise<Batch>)[] = [];
  let next = start;
  const begin = () => {
    while (next < end && begun.length < ahead) begun.push(request(requests(next++)));
  };
  begin();
  for (let batch = begun.shift(); batch !== undefined; batch = begun.shift()) {
    begin();
    yield await batch();
  }
}

/**
 * Batches for training or testing. The same seed gives the same batches, bit by bit, whatever the number of threads and
 * wherever an epoch starts.
 * @throws ReparamError ('usage') for options that make no sense, and for augmentations that are not known.
 */
export async function openBatches(examples: Examples, options: BatchOptions): Promise<Batches> {
  const { batchSize, workers: count = 1, seed = 0, shuffle = true, dropLast = false } = options;
  const { classes } = examples;
  const images = options.only ?? Int32Array.from({ length: examples.length }, (_, i) => i);
  const { length } = images;
  wholeNumber('batchSize', batchSize, 1);
  wholeNumber('workers', count, 0);
  wholeNumber('seed', seed, 0);
  const recipe = await recipeFor(examples, options);
  const perEpoch = dropLast ? Math.floor(length / batchSize) : Math.ceil(length / batchSize);
  if (perEpoch === 0) {
    throw new ReparamError('usage', `${length} images do not fill a batch of ${batchSize}`);
  }
  const threads = { script, count, does: 'makes batches', data: recipe };
  const workers =
    count > 0 && hasWorkers(script) ? new Workers<BatchRequest, Batch>(threads) : null;
  const make = batchMaker(recipe);
  const request: Request = workers
    ? (which) => workers.request(which)
    : (which) => () => make(which);
  return {
    perEpoch,
    shape: recipe.shape,
    classes,
    epoch(epoch, { start = 0 } = {}) {
      wholeNumber('epoch', epoch, 0);
      wholeNumber('start', start, 0);
      const requests = requestsOf({ images, batchSize, seed, shuffle }, epoch);
      return made(requests, [start, perEpoch], request, workers ? aheadPerWorker * count : 1);
    },
    async close() {
      await workers?.close();
    },
  };
}
