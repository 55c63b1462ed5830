import type { Model } from '../ir/index.js';
import { openSession, type Session } from '../runtime/index.js';
import { type DataType, elementCount, Tensor } from '../tensor/index.js';
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
const exhaustiveBudget = 5e7;

const defaultSeed = 20230;

/** Values held by one batch of images. */
const batchElements = 1 << 22;

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
  const impulses = shapes.reduce(
    (sum, s) => sum + s.channels * impulsePositions(s.spatial).length,
    0,
  );
  const every = macs * impulses <= exhaustiveBudget;
  const images = makeImages(shapes, every, seed);
  const sessions = [await openSession(original, { optimization: 'disabled' })];
  try {
    sessions.push(await openSession(merged, { optimization: 'disabled' }));
    const types = original.graph.inputs.map((input) => input.type?.dtype ?? 'float32');
    const measured = await compareImages(sessions, types, images, shapes, tolerance);
    return {
      images: images.length,
      spatial: shapes.map((shape) => shape.spatial),
      impulses: every ? 'every channel' : 'mixtures',
      ...measured,
      passed: measured.worst <= 1,
    };
  } finally {
    for (const session of sessions) await session.release();
  }
}

interface Measured {
  magnitude: number;
  maxError: number;
  tolerance: number;
  worst: number;
}

async function compareImages(
  sessions: readonly Session[],
  types: readonly DataType[],
  images: readonly Image[],
  shapes: readonly ProbeShape[],
  tolerance: ProbeTolerance,
): Promise<Measured> {
  const size = shapes.reduce((sum, s) => sum + s.channels * elementCount(s.spatial), 0);
  const fixed = shapes.find((shape) => shape.batch !== null)?.batch ?? null;
  const chunk = fixed ?? Math.max(1, Math.floor(batchElements / size));
  const measured: Measured = { magnitude: 0, maxError: 0, tolerance: 0, worst: 0 };
  for (let start = 0; start < images.length; start += chunk) {
    const some = images.slice(start, start + chunk);
    const feeds = shapes.map((shape, k) =>
      feed(shape, k, types[k] ?? 'float32', some, fixed ?? some.length),
    );
    const [a, b] = (await runAll(sessions, feeds)) as [Tensor, Tensor];
    if (a.dims.join() !== b.dims.join()) {
      const infinite = Number.POSITIVE_INFINITY;
      return { magnitude: infinite, maxError: infinite, tolerance: 0, worst: infinite };
    }
    const batch = fixed ?? some.length;
    measureChunk(measured, a.toNumbers(), b.toNumbers(), some, batch, tolerance);
  }
  return measured;
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

function measureChunk(
  measured: Measured,
  a: Float64Array,
  b: Float64Array,
  images: readonly Image[],
  batch: number,
  tolerance: ProbeTolerance,
): void {
  const each = a.length / batch;
  for (const [i, image] of images.entries()) {
    const allowed = tolerance.perInput * image.magnitude + tolerance.constant;
    let error = 0;
    for (let j = i * each; j < (i + 1) * each; j++) {
      measured.magnitude = Math.max(measured.magnitude, Math.abs(a[j] as number));
      const difference = Math.abs((a[j] as number) - (b[j] as number));
      // Written so that a NaN counts as the largest error.
      if (!(difference <= error)) error = difference;
    }
    const ratio = error === 0 ? 0 : error / allowed;
    if (!(error <= measured.maxError)) measured.maxError = error;
    if (!(ratio <= measured.worst)) measured.worst = ratio;
    measured.tolerance = Math.max(measured.tolerance, allowed);
  }
}

async function runAll(sessions: readonly Session[], feeds: readonly Tensor[]): Promise<Tensor[]> {
  const outputs: Tensor[] = [];
  for (const { inputNames, outputNames, run } of sessions) {
    const named = new Map(inputNames.map((name, k) => [name, feeds[k] as Tensor]));
    outputs.push((await run(named)).get(outputNames[0] as string) as Tensor);
  }
  return outputs;
}
