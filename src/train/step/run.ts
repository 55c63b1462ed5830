import { internalError } from '../../errors.js';
import type { StepInfo } from '../../optimizers/index.js';
import {
  copiesState,
  type Placement,
  type SessionOptions,
  SessionState,
} from '../../runtime/index.js';
import { elementCount, type Tensor } from '../../tensor/index.js';
import { feedsOf, type StepBatch } from './feeds.js';
import { type OpenGraph, openGraph, openSeveral, type StepResult } from './open-graph.js';
import type { StepGraph, TrainingStep } from './step.js';

export type { StepBatch } from './feeds.js';
export type { StepResult } from './open-graph.js';

/** A step graph that is open on a device. */
export interface OpenStep {
  readonly notes: readonly string[];
  /**
   * Makes an update; where several batches make one, with the last of them.
   * @throws ReparamError when the loss is not finite; the state stays as it was.
   */
  run(batch: StepBatch, info: StepInfo): Promise<StepResult>;
  /** How many updates `runSeveral` makes at most. 1 where it would not pay. */
  readonly together: number;
  /**
   * Makes several updates in one run, each of one batch.
   * @throws as `run` does; the state is then that before the step whose loss is not finite.
   */
  runSeveral(batches: readonly StepBatch[], infos: readonly StepInfo[]): Promise<StepResult[]>;
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
  /** Whether one run may make several updates; by default where each run copies the state to the device and back. */
  readonly several?: boolean;
}

/** Batches that wait for a run, in bytes and in number. */
const mostBytes = 2 ** 26;
const mostSteps = 16;

const togetherOf = ({ images }: StepGraph): number =>
  Math.max(1, Math.min(mostSteps, Math.floor(mostBytes / (4 * elementCount(images.dims)))));

/** Prepares a step to run, with the state that it starts from. */
export async function openStep(
  step: TrainingStep,
  options: OpenStepOptions = {},
): Promise<OpenStep> {
  const { seed = 0, several = copiesState(options.device ?? 'cpu'), ...sessionOptions } = options;
  const together = several && step.batches === 1 ? togetherOf(step) : 1;
  const state = new SessionState();
  const open = async (graph: StepGraph, most: number): Promise<OpenGraph> => {
    const opened = await (most > 1 ? openSeveral : openGraph)(graph, sessionOptions, state);
    opened.session.set(new Map(graph.state.map(({ name, initial }) => [name, initial])));
    return opened;
  };
  const adding = step.accumulation && (await open(step.accumulation, 1));
  const { session, run } = await open(step, together);
  const names = new Set(step.state.map(({ name }) => name));
  let batch = 0;

  async function update(
    batches: readonly StepBatch[],
    given: readonly StepInfo[],
  ): Promise<StepResult[]> {
    if (batch !== step.batches - 1) throw internalError(`an update after ${batch + 1} batches`);
    const infos = given.map((info) => ({ ...info, batch }));
    const feeds = batches.map((one, i) => feedsOf(step, one, infos[i] as StepInfo, seed));
    const results = await run(feeds, infos);
    batch = 0;
    return results;
  }

  return {
    notes: session.notes,
    together,
    run: async (images, info) => (await update([images], [info]))[0] as StepResult,
    runSeveral: update,
    async accumulate(images, given) {
      const { accumulation: graph } = step;
      if (!graph || !adding || batch === step.batches - 1) {
        throw internalError('too many batches for an update');
      }
      const info = { ...given, batch };
      const [result] = await adding.run([feedsOf(graph, images, info, seed)], [info]);
      batch++;
      return result as StepResult;
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
      await adding?.session.release();
      await session.release();
    },
  };
}
