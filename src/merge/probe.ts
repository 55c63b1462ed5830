import { createModel, extract, Graph, type Model, type TensorType, Value } from '../ir/index.js';
import { openSession, type Session } from '../runtime/index.js';
import { elementCount, normal, Tensor, uniform } from '../tensor/index.js';
import { buildNodes, type Merged } from './emit.js';

/**
 * An affine shift-equivariant map on a grid is determined by its answers to zero and to unit impulses. A probe is the
 * set of such images; both the original nodes and the merged operator are run on it by onnxruntime.
 */
export interface ProbeShape {
  /** Shape of the region's source with the batch that the region accepts, null where any batch will do. */
  readonly channels: number;
  readonly spatial: readonly number[];
  readonly batch: number | null;
  /** Axis of the channels: 1, or the last. */
  readonly channelsLast: boolean;
}

/** How far the two may be apart, from magnitudes that the weights imply. */
export interface ProbeTolerance {
  /** Allowed difference for an input of magnitude 1. */
  readonly perInput: number;
  /** Allowed difference for a zero input. */
  readonly constant: number;
}

export interface ProbeResult {
  readonly images: number;
  readonly spatial: readonly number[];
  /** 'every channel': one impulse a channel and position; 'mixtures': random amplitudes in all channels at once. */
  readonly impulses: 'every channel' | 'mixtures';
  readonly maxError: number;
  /** The largest allowed difference among the images. */
  readonly tolerance: number;
  /** Largest error ÷ allowed difference: at most 1 when the two agree. */
  readonly worst: number;
  readonly passed: boolean;
}

/** Impulses in every single channel are run while they cost fewer multiply-accumulates than this. */
const exhaustiveBudget = 5e7;

/** Values held by one batch of images. */
const batchElements = 1 << 22;

interface Image {
  readonly data: Float64Array;
  readonly magnitude: number;
}

/** Runs both models on the probe and compares. @param macs cost of one image, for choosing the impulses */
export async function probe(
  original: Model,
  merged: Model,
  shape: ProbeShape,
  tolerance: ProbeTolerance,
  macs: number,
): Promise<ProbeResult> {
  const positions = impulsePositions(shape.spatial);
  const every = macs * shape.channels * positions.length <= exhaustiveBudget;
  const images = makeImages(shape, positions, every);
  const sessions = [await openSession(original, { optimization: 'disabled' })];
  try {
    sessions.push(await openSession(merged, { optimization: 'disabled' }));
    const worst = await compareImages(sessions, original, images, shape, tolerance);
    return {
      images: images.length,
      spatial: shape.spatial,
      impulses: every ? 'every channel' : 'mixtures',
      ...worst,
      passed: worst.worst <= 1,
    };
  } finally {
    for (const session of sessions) await session.release();
  }
}

async function compareImages(
  sessions: readonly Session[],
  original: Model,
  images: readonly Image[],
  shape: ProbeShape,
  tolerance: ProbeTolerance,
): Promise<{ maxError: number; tolerance: number; worst: number }> {
  const size = shape.channels * elementCount(shape.spatial);
  const chunk = shape.batch ?? Math.max(1, Math.floor(batchElements / size));
  const dtype = original.graph.inputs[0]?.type?.dtype ?? 'float32';
  let maxError = 0;
  let allowedMost = 0;
  let worst = 0;
  for (let start = 0; start < images.length; start += chunk) {
    const some = images.slice(start, start + chunk);
    const batch = shape.batch ?? some.length;
    const values = new Float64Array(batch * size);
    some.forEach((image, i) => {
      values.set(image.data, i * size);
    });
    const feed = Tensor.fromNumbers(dtype, feedDims(shape, batch), values);
    const [a, b] = await Promise.all(sessions.map((session) => runOne(session, feed)));
    if (!a || !b || a.length !== b.length) return { maxError: Infinity, tolerance: 0, worst: Infinity };
    const each = a.length / batch;
    for (const [i, image] of some.entries()) {
      const allowed = tolerance.perInput * image.magnitude + tolerance.constant;
      let error = 0;
      for (let j = i * each; j < (i + 1) * each; j++) {
        const difference = Math.abs((a[j] as number) - (b[j] as number));
        if (!(difference <= error)) error = difference;
      }
      maxError = Math.max(maxError, error);
      allowedMost = Math.max(allowedMost, allowed);
      const ratio = error === 0 ? 0 : error / allowed;
      if (!(ratio <= worst)) worst = ratio;
    }
  }
  return { maxError, tolerance: allowedMost, worst };
}

const feedDims = (shape: ProbeShape, batch: number): number[] =>
  shape.channelsLast
    ? [batch, ...shape.spatial, shape.channels]
    : [batch, shape.channels, ...shape.spatial];

async function runOne(session: Session, feed: Tensor): Promise<Float64Array> {
  const results = await session.run(new Map([[session.inputNames[0] as string, feed]]));
  return (results.get(session.outputNames[0] as string) as Tensor).toNumbers();
}

/** Interior and every border class: first, middle and last along each axis. */
function impulsePositions(spatial: readonly number[]): number[][] {
  let positions: number[][] = [[]];
  for (const length of spatial) {
    const along = [...new Set([0, Math.floor(length / 2), length - 1])];
    positions = positions.flatMap((prefix) => along.map((at) => [...prefix, at]));
  }
  return positions;
}

function makeImages(shape: ProbeShape, positions: number[][], every: boolean): Image[] {
  const { channels, spatial, channelsLast } = shape;
  const area = elementCount(spatial);
  const size = channels * area;
  const random = normal(20230);
  const amplitude = uniform(7);
  const noise = (): Image => {
    const data = Float64Array.from({ length: size }, random).map((v) => Math.max(-3, Math.min(3, v)));
    return { data, magnitude: 3 };
  };
  const images: Image[] = [{ data: new Float64Array(size), magnitude: 0 }, noise(), noise()];
  const at = (channel: number, position: readonly number[]): number => {
    const flat = position.reduce((sum, p, axis) => sum * (spatial[axis] as number) + p, 0);
    return channelsLast ? flat * channels + channel : channel * area + flat;
  };
  for (const position of positions) {
    if (every) {
      for (let c = 0; c < channels; c++) {
        const data = new Float64Array(size);
        data[at(c, position)] = 1;
        images.push({ data, magnitude: 1 });
      }
      continue;
    }
    const data = new Float64Array(size);
    for (let c = 0; c < channels; c++) {
      data[at(c, position)] = (amplitude() < 0.5 ? -1 : 1) * (0.5 + amplitude());
    }
    images.push({ data, magnitude: 1.5 });
  }
  return images;
}

/** onnxruntime's CPU kernels compute neither bfloat16 nor float64 convolutions: probes run those in float32. */
export const probeType = (dtype: TensorType['dtype']): TensorType['dtype'] =>
  dtype === 'float64' || dtype === 'bfloat16' ? 'float32' : dtype;

export function probeTensor(tensor: Tensor | null): Tensor | null {
  if (!tensor || probeType(tensor.dtype) === tensor.dtype) return tensor;
  return Tensor.fromNumbers(probeType(tensor.dtype), tensor.dims, tensor.toNumbers());
}

/** The original nodes between two values as a model that onnxruntime can run. */
export function originalPart(
  model: Model,
  source: Value,
  output: Value,
  type: TensorType,
  constant: (value: Value) => Tensor | null,
) {
  return extract(model, {
    inputs: new Map([[source, { dtype: probeType(type.dtype), shape: type.shape }]]),
    outputs: [output],
    constant: (value) => probeTensor(constant(value)),
  });
}

/** The merged operator alone, as a model. */
export function mergedPart(merged: Merged, type: TensorType, opset: number): Model {
  const graph = new Graph('merged');
  const dtype = probeType(type.dtype);
  const source = graph.addInput(new Value('source', { dtype, shape: type.shape }));
  const output = new Value(graph.uniqueName('output'), { dtype, shape: null });
  const nodes = buildNodes(graph, merged, source, output, '', (owner, base, tensor) =>
    owner.addInitializer(base, probeTensor(tensor) as Tensor),
  );
  graph.nodes.push(...nodes);
  graph.addOutput(output);
  return createModel(graph, opset);
}
