import type { StepInfo } from '../../optimizers/index.js';
import { openStatefulSession, type Placement, type SessionOptions } from '../../runtime/index.js';
import { elementCount, Tensor, uniform } from '../../tensor/index.js';
import { firstNonFinite, nonFiniteLoss } from './non-finite.js';
import type { FeedInput, TrainingStep } from './step.js';

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
  /** @throws ReparamError when the loss is not finite; the state stays as it was. */
  run(batch: StepBatch, info: StepInfo): Promise<StepResult>;
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

const floats = (dims: readonly number[], values: Float32Array): Tensor =>
  new Tensor('float32', dims, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));

/** Seeds of neighbouring steps must have nothing in common: a multiplicative hash (Knuth). */
const mixed = (seed: number, step: number, index: number): number =>
  Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(step, 0x85ebca6b) ^ Math.imul(index + 1, 0xc2b2ae35);

function noise({ dims }: FeedInput, seed: number): Tensor {
  const next = uniform(seed);
  return floats(
    dims,
    Float32Array.from({ length: elementCount(dims) }, () => Math.min(next(), 1 - 2 ** -24)),
  );
}

/** Prepares a step to run, with the state that it starts from. */
export async function openStep(
  step: TrainingStep,
  options: OpenStepOptions = {},
): Promise<OpenStep> {
  const { seed = 0, ...sessionOptions } = options;
  const bindings = step.state.map(({ name, next }) => ({ input: name, output: next }));
  const session = await openStatefulSession(step.model, bindings, sessionOptions);
  session.set(new Map(step.state.map(({ name, initial }) => [name, initial])));
  return {
    notes: session.notes,
    async run({ images, targets }, info) {
      const feeds = new Map<string, Tensor>([
        [step.images.name, floats(step.images.dims, images)],
        [step.targets.name, floats(step.targets.dims, targets)],
      ]);
      for (const { name, compute } of step.scalars) {
        feeds.set(name, Tensor.scalar('float32', compute(info)));
      }
      for (const [i, input] of step.noises.entries()) {
        feeds.set(input.name, noise(input, mixed(seed, info.step, i)));
      }
      const lossOf = (results: ReadonlyMap<string, Tensor>): number =>
        results.get(step.results.loss)?.toFloats()[0] ?? Number.NaN;
      const results = await session.run(feeds, (found) => Number.isFinite(lossOf(found)));
      const loss = lossOf(results);
      if (!Number.isFinite(loss)) {
        const culprit = await firstNonFinite(step, new Map([...feeds, ...(await session.get())]));
        throw nonFiniteLoss(loss, info, culprit);
      }
      const outputs = results.get(step.results.outputs)?.toFloats() as Float32Array;
      return { loss, outputs };
    },
    state: () => session.get(),
    setState: (state) => session.set(state),
    placement: () => session.placement(),
    release: () => session.release(),
  };
}
