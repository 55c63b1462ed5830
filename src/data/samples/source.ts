import type { ValueInfo } from '../../runtime/index.js';
import { isFolder } from '../files.js';
import type { ImageOptions } from '../images/image-tensor.js';
import { collectionSamples } from './collection.js';
import { expectedInputs, type GivenShapes, isOpen, usageError } from './expected.js';
import { folderSamples } from './folder.js';
import { givenSample } from './given.js';
import { type Loader, prefetch, type Sample } from './loader.js';
import type { Context } from './read.js';

/** What a user gives a model to work on. */
export interface SampleRequest {
  /**
   * Together one sample, each `name=file`: an image, an .npy file, raw bytes (.bin, .raw; little-endian, without a
   * header), or an .npz file. `name=` may be left out for a model with one input, and for .npz files, whose arrays go
   * by the names of the inputs, or by their order when they are called arr_0, arr_1 …
   */
  readonly inputs?: readonly string[];
  /**
   * Many samples, each a folder (its images in natural order, in groups as long as the batch, then each of its .npz,
   * .npy and raw files as a sample), or an .npz, .npy or raw file, whose arrays are cut along their leading axes.
   */
  readonly data?: readonly string[];
  /** Entries of a sample where the model leaves the length of its batch open; 1 by default. */
  readonly batch?: number;
  /** Shapes by input name, for lengths that the model leaves open. */
  readonly shapes?: GivenShapes;
  readonly image?: ImageOptions;
}

export interface SampleSource {
  readonly count: number;
  /** Reads the samples in order, one ahead of their use; may be called again. Broken files throw a ReparamError. */
  samples(): AsyncIterable<Sample>;
  /** What was converted or left out, each once. Complete when all samples have been read. */
  readonly notes: readonly string[];
}

function checkBatch(batch: number | undefined, { inputs }: Pick<Context, 'inputs'>): void {
  if (batch === undefined) return;
  if (!Number.isInteger(batch) || batch < 1) throw usageError(`a batch of ${batch} is none`);
  const [input] = inputs;
  const fixed = inputs.every(({ shape }) => shape !== null && !isOpen(shape[0]));
  if (!input || !fixed || input.shape?.[0] === batch) return;
  throw usageError(
    `a batch of ${batch} was asked for, but input '${input.name}' always takes ${input.shape?.[0] ?? 1}`,
  );
}

/**
 * The samples that a user gives for a model. Paths are looked up and shapes checked at once; files of a folder are read
 * when their turn comes. Arrays get a missing batch axis and the type of their input: floats are rounded, everything
 * else must fit exactly. Images are resized to the model's height and width, else to the given ones.
 * @param inputs the inputs of the model, as its session tells them.
 * @throws ReparamError (`usage`, `input`) for requests and files that do not fit the model.
 */
export async function sampleSource(
  inputs: readonly ValueInfo[],
  request: SampleRequest,
): Promise<SampleSource> {
  const { inputs: given = [], data = [], batch, shapes = new Map(), image = {} } = request;
  const remarks = new Set<string>();
  const context: Context = {
    inputs: expectedInputs(inputs, shapes),
    batch: batch ?? 1,
    image,
    note: (text) => remarks.add(text),
  };
  checkBatch(batch, context);
  const loaders: Loader[] = [];
  if (given.length > 0) loaders.push(await givenSample(given, context));
  for (const path of data) {
    const read = (await isFolder(path)) ? folderSamples : collectionSamples;
    // One by one: a spread of very many would overflow the stack.
    for (const loader of await read(path, context)) loaders.push(loader);
  }
  if (loaders.length === 0) throw usageError('no inputs are given');
  return {
    count: loaders.length,
    samples: () => prefetch(loaders),
    get notes() {
      return [...remarks];
    },
  };
}
