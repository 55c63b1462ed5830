import type { StepInfo } from '../../optimizers/index.js';
import {
  openStatefulSession,
  type SessionOptions,
  type SessionState,
  type StatefulSession,
} from '../../runtime/index.js';
import { elementCount, Tensor } from '../../tensor/index.js';
import { firstNonFinite, nonFiniteLoss } from './non-finite.js';
import { severalSteps } from './several.js';
import type { StepGraph } from './step.js';

export interface StepResult {
  readonly loss: number;
  /** `[N, K]`, as the model gave them before the update. */
  readonly outputs: Float32Array;
}

/** What a graph is fed with but its state, by the name of the input. */
export type StepFeeds = ReadonlyMap<string, Tensor>;

/** A step graph that is open on a device. */
export interface OpenGraph {
  readonly session: StatefulSession;
  /** @throws ReparamError when a loss is not finite; the state is that before this step. */
  run(feeds: readonly StepFeeds[], infos: readonly StepInfo[]): Promise<StepResult[]>;
}

type Opening = readonly [graph: StepGraph, options: SessionOptions, state: SessionState];

const floats = (results: ReadonlyMap<string, Tensor>, name: string): Float32Array =>
  (results.get(name)?.toFloats() ?? new Float32Array()) as Float32Array;

const allFinite = (losses: Float32Array): boolean =>
  losses.length > 0 && losses.every(Number.isFinite);

/** Opens a graph for one step a run. Its state is to be set. */
export async function openGraph(...[graph, options, state]: Opening): Promise<OpenGraph> {
  const bindings = graph.state.map(({ name, next }) => ({ input: name, output: next }));
  const session = await openStatefulSession(graph.model, bindings, options, state);
  const { loss, outputs } = graph.results;

  async function one(feeds: StepFeeds, info: StepInfo): Promise<StepResult> {
    const results = await session.run(feeds, (found) => allFinite(floats(found, loss)));
    const [found = Number.NaN] = floats(results, loss);
    if (!Number.isFinite(found)) {
      const culprit = await firstNonFinite(graph, new Map([...feeds, ...(await session.get())]));
      throw nonFiniteLoss(found, info, culprit);
    }
    return { loss: found, outputs: floats(results, outputs) };
  }

  return {
    session,
    async run(feeds, infos) {
      const results: StepResult[] = [];
      for (const [i, info] of infos.entries()) results.push(await one(feeds[i] as StepFeeds, info));
      return results;
    },
  };
}

/** One tensor of several, `[n, …]`. */
function stacked(tensors: readonly Tensor[]): Tensor {
  const [{ dims }] = tensors as readonly [Tensor];
  const size = elementCount(dims);
  const all = new Float32Array(tensors.length * size);
  for (const [i, tensor] of tensors.entries()) all.set(tensor.toFloats(), i * size);
  return Tensor.floats([tensors.length, ...dims], all);
}

/** Opens a graph for several steps a run. Its state is to be set. */
export async function openSeveral(...[graph, options, state]: Opening): Promise<OpenGraph> {
  const { model, count, next, results: names } = severalSteps(graph);
  const bindings = [...next].map(([input, output]) => ({ input, output }));
  const session = await openStatefulSession(model, bindings, options, state);

  return {
    session,
    async run(feeds, infos) {
      const inputs = new Map([[count, Tensor.scalar('int64', infos.length)]]);
      for (const name of feeds[0]?.keys() ?? []) {
        inputs.set(name, stacked(feeds.map((one) => one.get(name) as Tensor)));
      }
      const found = await session.run(inputs, (results) => allFinite(floats(results, names.loss)));
      const [losses, outputs] = [floats(found, names.loss), floats(found, names.outputs)];
      if (!allFinite(losses)) {
        // One by one they show where it happens.
        const slow = await openGraph(graph, options, state);
        try {
          return await slow.run(feeds, infos);
        } finally {
          await slow.session.release();
        }
      }
      const size = outputs.length / losses.length;
      return [...losses].map((loss, i) => ({
        loss,
        outputs: outputs.subarray(i * size, (i + 1) * size),
      }));
    },
  };
}
