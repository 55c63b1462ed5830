import type { StepInfo } from '../../optimizers/index.js';
import { elementCount, Tensor, uniform } from '../../tensor/index.js';
import type { FeedInput, StepGraph } from './step.js';

/** What a step is fed with. */
export interface StepBatch {
  /** `[N, C, H, W]` */
  readonly images: Float32Array;
  /** `[N, K]` */
  readonly targets: Float32Array;
}

/** Seeds of neighbouring steps must have nothing in common: a multiplicative hash (Knuth). */
const mixed = (seed: number, step: number, index: number): number =>
  Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(step, 0x85ebca6b) ^ Math.imul(index + 1, 0xc2b2ae35);

function noise({ dims }: FeedInput, seed: number): Tensor {
  const next = uniform(seed);
  return Tensor.floats(
    dims,
    Float32Array.from({ length: elementCount(dims) }, () => Math.min(next(), 1 - 2 ** -24)),
  );
}

/** Everything that a graph is fed with but its state. */
export function feedsOf(
  graph: Pick<StepGraph, 'images' | 'targets' | 'scalars' | 'noises'>,
  { images, targets }: StepBatch,
  info: StepInfo,
  seed: number,
): Map<string, Tensor> {
  const feeds = new Map<string, Tensor>([
    [graph.images.name, Tensor.floats(graph.images.dims, images)],
    [graph.targets.name, Tensor.floats(graph.targets.dims, targets)],
  ]);
  for (const { name, compute } of graph.scalars) {
    feeds.set(name, Tensor.scalar('float32', compute(info)));
  }
  const first = (info.batch ?? 0) * graph.noises.length;
  for (const [i, input] of graph.noises.entries()) {
    feeds.set(input.name, noise(input, mixed(seed, info.step, first + i)));
  }
  return feeds;
}
