import { inputError } from '../errors.js';
import type { Model } from '../ir/index.js';
import { openSession, type SessionOptions } from '../runtime/index.js';
import { type DataType, elementCount, isFloat, Tensor } from '../tensor/index.js';
import { checkSizes } from './limits.js';
import {
  type Image,
  imageDims,
  impulsePositions,
  makeImages,
  type ProbeShape,
} from './probe-images.js';

/** How far the two may be apart, from magnitudes that the weights imply. */
export interface ProbeTolerance {
  /** Allowed difference for an input of magnitude 1. */
  readonly perInput: number;
  /** Allowed difference for a zero input. */
  readonly constant: number;
}

export interface ProbeResult {
  readonly images: number;
  /** Lengths of the spatial axes of each source. */
  readonly spatial: readonly (readonly number[])[];
  /** 'every channel': one impulse a channel and position; 'mixtures': random amplitudes in all channels at once. */
  readonly impulses: 'every channel' | 'mixtures';
  /** Largest |output| of the original. */
  readonly magnitude: number;
  readonly maxError: number;
  /** The largest allowed difference among the images. */
  readonly tolerance: number;
  /** Largest error ÷ allowed difference: at most 1 when the two agree. */
  readonly worst: number;
  readonly passed: boolean;
}

/** Impulses in every single channel are run while they cost fewer multiply-accumulates than this. */
const exhaustiveBudget = 6e6;

const defaultSeed = 20230;

/** Multiply-accumulates from which on several threads pay. */
const worthThreads = 2e8;

/** Bytes from which on a tensor is worth passing by reference. */
const largeWeight = 1 << 16;

/** Values held by one batch of images. */
const batchElements = 1 << 22;

/** Elements of one source in one image. */
const maxImage = 2 ** 26;

/** Pads, strides and lengths that no network has ask for endless images. */
function checkImages(original: Model, shapes: readonly ProbeShape[]): void {
  const elements = shapes.map((shape) => shape.channels * elementCount(shape.spatial));
  if (Math.max(...elements) > maxImage) throw inputError('the image that it takes is too large');
  const empty = shapes.some((shape, i) => (elements[i] as number) < 1 || shape.batch === 0);
  if (empty) throw inputError('the image that it takes is empty');
  const size = checkSizes(original);
  if (!size.ok) throw inputError(`${size.refusal.at}: ${size.refusal.reason}`);
}

/**
 * Runs both models on zero, noise and impulses and compares. An affine shift-equivariant map on a grid is determined
 * by its answers to zero and to impulses in the interior and at every border class.
 * @param shapes one a source, in the order of the models' inputs
 * @param macs cost of one image, for choosing the impulses
 * @param seed of the noise and of the impulses' amplitudes
 */
export async function probe(
  original: Model,
  merged: Model,
  shapes: readonly ProbeShape[],
  tolerance: ProbeTolerance,
  macs: number,
  seed = defaultSeed,
): Promise<ProbeResult> {
  checkImages(original, shapes);
  const impulses = shapes.reduce(
    (sum, shape) => sum + shape.channels * impulsePositions(shape).length,
    0,
  );
  const every = macs * impulses <= exhaustiveBudget;
  const images = makeImages(shapes, every, seed);
  const types = original.graph.inputs.map((input) => input.type?.dtype ?? 'float32');
  const batches = makeBatches(shapes, types, images);
  // Starting threads costs more than a small probe.
  const options = macs * images.length < worthThreads ? { threads: 1 } : {};
  const expected = await answers(original, batches, options);
  const actual = await answers(merged, batches, options);
  const measured: Measured = { magnitude: 0, maxError: 0, tolerance: 0, worst: 0 };
  for (const [i, batch] of batches.entries()) {
    measureBatch(measured, expected[i] as Answer, actual[i] as Answer, batch, tolerance);
  }
  return {
    images: images.length,
    spatial: shapes.map((shape) => shape.spatial),
    impulses: every ? 'every channel' : 'mixtures',
    ...measured,
    passed: measured.worst <= 1,
  };
}

/** Images that run together. */
interface Batch {
  readonly images: readonly Image[];
  /** Images that the tensors hold: more than there are where the region fixes the batch. */
  readonly length: number;
  /** One tensor a source. */
  readonly feeds: readonly Tensor[];
}

function makeBatches(
  shapes: readonly ProbeShape[],
  types: readonly DataType[],
  images: readonly Image[],
): Batch[] {
  const size = shapes.reduce((sum, s) => sum + s.channels * elementCount(s.spatial), 0);
  const fixed = shapes.find((shape) => shape.batch !== null)?.batch ?? null;
  const most = fixed ?? Math.max(1, Math.floor(batchElements / size));
  const batches: Batch[] = [];
  for (let start = 0; start < images.length; start += most) {
    const some = images.slice(start, start + most);
    const length = fixed ?? some.length;
    const feeds = shapes.map((shape, k) => feed(shape, k, types[k] ?? 'float32', some, length));
    batches.push({ images: some, length, feeds });
  }
  return batches;
}

interface Answer {
  readonly dims: readonly number[];
  readonly values: Float32Array | Float64Array;
}

/** What a model makes of each batch. */
async function answers(
  model: Model,
  batches: readonly Batch[],
  options: SessionOptions,
): Promise<Answer[]> {
  const names = model.graph.inputs.map(({ name }) => name);
  const weights = weightsToInputs(model);
  const session = await openSession(model, { optimization: 'disabled', ...options });
  try {
    const outputs: Answer[] = [];
    for (const { feeds } of batches) {
      const images = names.map((name, k) => [name, feeds[k] as Tensor] as const);
      const results = await session.run(new Map([...weights, ...images]));
      const output = results.get(session.outputNames[0] as string) as Tensor;
      outputs.push({ dims: output.dims, values: output.toFloats() });
    }
    return outputs;
  } finally {
    await session.release();
  }
}

/** Turns large weights into inputs: onnxruntime reads those in place, but copies initializers more than once. */
function weightsToInputs({ graph }: Model): Map<string, Tensor> {
  const weights = new Map<string, Tensor>();
  for (const value of graph.initializers) {
    const { name, constant } = value;
    if (!constant || !isFloat(constant.dtype) || constant.byteLength < largeWeight) continue;
    weights.set(name, new Tensor(constant.dtype, constant.dims, constant.bytes));
    value.constant = null;
    graph.initializers.delete(value);
    graph.inputs.push(value);
  }
  return weights;
}

interface Measured {
  magnitude: number;
  maxError: number;
  tolerance: number;
  worst: number;
}

function feed(
  shape: ProbeShape,
  input: number,
  dtype: DataType,
  images: readonly Image[],
  batch: number,
): Tensor {
  const size = shape.channels * elementCount(shape.spatial);
  const values = new Float64Array(batch * size);
  images.forEach((image, i) => {
    const data = image.data[input];
    if (data) values.set(data, i * size);
  });
  return Tensor.fromNumbers(dtype, imageDims(shape, batch), values);
}

function measureBatch(
  measured: Measured,
  expected: Answer,
  actual: Answer,
  { images, length }: Batch,
  tolerance: ProbeTolerance,
): void {
  const { values: a } = expected;
  const { values: b } = actual;
  if (expected.dims.join() !== actual.dims.join()) {
    measured.maxError = Number.POSITIVE_INFINITY;
    measured.worst = Number.POSITIVE_INFINITY;
    return;
  }
  const each = a.length / length;
  for (const [i, image] of images.entries()) {
    const allowed = tolerance.perInput * image.magnitude + tolerance.constant;
    let error = 0;
    for (let j = i * each; j < (i + 1) * each; j++) {
      measured.magnitude = Math.max(measured.magnitude, Math.abs(a[j] as number));
      const difference = Math.abs((a[j] as number) - (b[j] as number));
      // Math.max lets a NaN survive, which no comparison would.
      error = Math.max(error, difference);
    }
    const ratio = error === 0 ? 0 : error / allowed;
    measured.maxError = Math.max(measured.maxError, error);
    measured.worst = Math.max(measured.worst, ratio);
    measured.tolerance = Math.max(measured.tolerance, allowed);
  }
}
