import { ReparamError } from '../errors.js';
import type { Model } from '../ir/index.js';
import { Tensor } from '../tensor/index.js';
import { type SpatialConv, spatialConvs } from './convs.js';
import { type EstimatorOptions, estimators, findEstimator } from './estimators/index.js';
import { type FeatureMapOptions, featureMaps } from './feature-maps.js';
import type { ConvWindow } from './window.js';
import { EstimateWorkers } from './workers.js';

export interface RefreshOptions extends EstimatorOptions, FeatureMapOptions {
  /** Name of an estimator; 'corrected' by default. */
  readonly estimator?: string;
  /** Threads that estimate while the model runs on; 1 by default, 0 for none. */
  readonly workers?: number;
}

/** How much the gradient at each tap of a kernel is scaled. */
export interface Scaling {
  /** Of the kernel. */
  readonly dims: readonly number[];
  /** Row-major, mean 1. */
  readonly values: Float64Array;
}

/**
 * Measures the spatial gradient scaling of every spatial convolution of a model as it stands.
 *
 * The scaling of a weight is the mean over batches and over the convolutions that share it. An estimator that pools sees
 * all batches as one, as the paper's code does; then as much memory is taken as for one batch of that size.
 * @param model in inference form, with the weights of the moment as initializers
 * @param batches images [N, C, H, W]
 * @returns the scaling by the name of the weight, never NaN
 * @throws ReparamError ('usage') for options that make no sense and where there is no batch, ('input') for a model that
 *   takes anything but images and for feature maps that are not finite
 */
export async function refreshScalings(
  model: Model,
  batches: Iterable<Tensor> | AsyncIterable<Tensor>,
  options: RefreshOptions = {},
): Promise<Map<string, Scaling>> {
  const { estimator = estimators[0].name, k = 5, removeZeros = false, workers = 1 } = options;
  if (!(k > 0 && Number.isFinite(k))) throw new ReparamError('usage', 'k is a number above 0');
  if (!Number.isSafeInteger(workers) || workers < 0) {
    throw new ReparamError('usage', 'workers is a whole number from 0 on');
  }
  const { pooled } = findEstimator(estimator);
  const means = new Map(spatialConvs(model).map((conv) => [conv.weight, new Mean(conv.kernel)]));
  const pool = new EstimateWorkers(means.size > 0 ? workers : 0);
  const queue = new Queue(pool.capacity);
  try {
    for await (const images of pooled ? inOne(batches) : batches) {
      for await (const { convs, tensor } of featureMaps(model, images, options)) {
        for (const [window, sharing] of byWindow(convs)) {
          const feature = { data: copyOf(tensor), dims: tensor.dims };
          const job = { estimator, feature, window, options: { k, removeZeros } };
          const scaling = pool.run(job).catch((cause) => Promise.reject(located(cause, sharing)));
          await queue.add(
            scaling.then((values) => {
              for (const { weight } of sharing) means.get(weight)?.add(values);
            }),
          );
        }
      }
    }
    await queue.drain();
  } finally {
    await pool.close();
  }
  return new Map([...means].map(([weight, mean]) => [weight, mean.scaling()]));
}

/** The mean of scalings as they come. */
class Mean {
  readonly #dims: readonly number[];
  #sum: Float64Array | null = null;
  #count = 0;

  constructor(dims: readonly number[]) {
    this.#dims = dims;
  }

  add(values: Float64Array): void {
    this.#sum = this.#sum ? this.#sum.map((sum, i) => sum + (values[i] as number)) : values;
    this.#count++;
  }

  scaling(): Scaling {
    if (!this.#sum) throw new ReparamError('usage', 'a scaling is measured on one batch at least');
    return { dims: this.#dims, values: this.#sum.map((sum) => sum / this.#count) };
  }
}

/** Promises of which only so many are open at the same time. */
class Queue {
  readonly #limit: number;
  readonly #open: Promise<void>[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  async add(promise: Promise<void>): Promise<void> {
    // Whoever waits for it learns of its failure.
    promise.catch(() => {});
    this.#open.push(promise);
    while (this.#open.length > this.#limit) await this.#open.shift();
  }

  async drain(): Promise<void> {
    await Promise.all(this.#open.splice(0));
  }
}

/** Convolutions that look in the same way are estimated together. */
function byWindow(convs: readonly SpatialConv[]): [ConvWindow, SpatialConv[]][] {
  const groups = new Map<string, [ConvWindow, SpatialConv[]]>();
  for (const conv of convs) {
    const { kernel, strides, dilations, padsBegin, padsEnd } = conv;
    const window = { kernel, strides, dilations, padsBegin, padsEnd };
    const key = JSON.stringify(window);
    const group = groups.get(key);
    if (group) group[1].push(conv);
    else groups.set(key, [window, [conv]]);
  }
  return [...groups.values()];
}

/** A copy in an array of its own, which a thread can be given. */
const copyOf = (tensor: Tensor): Float32Array => new Float32Array(tensor.toFloats());

function located(cause: unknown, [conv]: readonly SpatialConv[]): unknown {
  if (!(cause instanceof ReparamError) || !conv) return cause;
  const { code, message, hint } = cause;
  const details = { cause, at: conv.weight, ...(hint === undefined ? {} : { hint }) };
  return new ReparamError(code, `the input of ${conv.node.label}: ${message}`, details);
}

/** All images as one batch. */
async function* inOne(
  batches: Iterable<Tensor> | AsyncIterable<Tensor>,
): AsyncGenerator<Tensor, void, void> {
  const parts: Tensor[] = [];
  for await (const batch of batches) parts.push(batch);
  const [first] = parts;
  if (!first) return;
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part.bytes, offset);
    offset += part.byteLength;
  }
  const images = parts.reduce((sum, { dims }) => sum + (dims[0] as number), 0);
  yield new Tensor(first.dtype, [images, ...first.dims.slice(1)], bytes);
}
