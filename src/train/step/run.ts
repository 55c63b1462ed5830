import { internalError } from '../../errors.js';
import type { StepInfo } from '../../optimizers/index.js';
import {
  openStatefulSession,
  type Placement,
  type SessionOptions,
  SessionState,
  type StatefulSession,
} from '../../runtime/index.js';
import { elementCount, Tensor, uniform } from '../../tensor/index.js';
import { firstNonFinite, nonFiniteLoss } from './non-finite.js';
import type { FeedInput, StepGraph, TrainingStep } from './step.js';

/** What a step is fed with. */
export interface StepBatch {
  /** `[N, C, H, W]` */
  readonly images: Float32Array;
  /** `[N, K]` */
  readonly targets: Float32Array;
}

export interface StepResult {
  readonly loss: number;
  /** `[N, K]`, as the model gave them before the update. */
  readonly outputs: Float32Array;
}

/** A step graph that is open on a device. */
export interface OpenStep {
  readonly notes: readonly string[];
  /**
   * Makes an update; where several batches make one, with the last of them.
   * @throws ReparamError when the loss is not finite; the state stays as it was.
   */
  run(batch: StepBatch, info: StepInfo): Promise<StepResult>;
  /** Takes another batch of the same update, before the last. @throws as `run` does */
  accumulate(batch: StepBatch, info: StepInfo): Promise<StepResult>;
  /** Parameters, running statistics and the optimizer's state, by name. */
  state(): Promise<Map<string, Tensor>>;
  setState(state: ReadonlyMap<string, Tensor>): void;
  /** Which providers ran the nodes of the first step; null unless the options asked for it. */
  placement(): Promise<Placement | null>;
  release(): Promise<void>;
}

export interface OpenStepOptions extends SessionOptions {
  /** What the masks of dropout follow from, with the number of the step. */
  readonly seed?: number;
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
function feedsOf(
  graph: StepGraph,
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

async function runGraph(
  graph: StepGraph,
  session: StatefulSession,
  feeds: ReadonlyMap<string, Tensor>,
  info: StepInfo,
): Promise<StepResult> {
  const lossOf = (results: ReadonlyMap<string, Tensor>): number =>
    results.get(graph.results.loss)?.toFloats()[0] ?? Number.NaN;
  const results = await session.run(feeds, (found) => Number.isFinite(lossOf(found)));
  const loss = lossOf(results);
  if (!Number.isFinite(loss)) {
    const culprit = await firstNonFinite(graph, new Map([...feeds, ...(await session.get())]));
    throw nonFiniteLoss(loss, info, culprit);
  }
  const outputs = results.get(graph.results.outputs)?.toFloats() as Float32Array;
  return { loss, outputs };
}

/** Prepares a step to run, with the state that it starts from. */
export async function openStep(
  step: TrainingStep,
  options: OpenStepOptions = {},
): Promise<OpenStep> {
  const { seed = 0, ...sessionOptions } = options;
  const state = new SessionState();
  const open = async (graph: StepGraph): Promise<StatefulSession> => {
    const bindings = graph.state.map(({ name, next }) => ({ input: name, output: next }));
    const session = await openStatefulSession(graph.model, bindings, sessionOptions, state);
    session.set(new Map(graph.state.map(({ name, initial }) => [name, initial])));
    return session;
  };
  const adding = step.accumulation && (await open(step.accumulation));
  const session = await open(step);
  const names = new Set(step.state.map(({ name }) => name));
  let batch = 0;
  return {
    notes: session.notes,
    async run(images, given) {
      if (batch !== step.batches - 1) throw internalError(`an update after ${batch + 1} batches`);
      const info = { ...given, batch };
      const result = await runGraph(step, session, feedsOf(step, images, info, seed), info);
      batch = 0;
      return result;
    },
    async accumulate(images, given) {
      const { accumulation: graph } = step;
      if (!graph || !adding || batch === step.batches - 1) {
        throw internalError('too many batches for an update');
      }
      const info = { ...given, batch };
      const result = await runGraph(graph, adding, feedsOf(graph, images, info, seed), info);
      batch++;
      return result;
    },
    async state() {
      return new Map([...(await session.get())].filter(([name]) => names.has(name)));
    },
    setState(tensors) {
      session.set(tensors);
      batch = 0;
    },
    placement: () => session.placement(),
    async release() {
      state.release();
      await adding?.release();
      await session.release();
    },
  };
}
