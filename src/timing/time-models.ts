import {
  type Device,
  freeUnusedBuffers,
  openSession,
  type Session,
  type SessionOptions,
} from '../runtime/index.js';
import { generateInputs, type InputSpec, type ShapeOverrides } from '../verify/index.js';
import type { AcceptedInputs } from '../verify/inputs/feeds.js';
import { inputsFor } from '../verify/match.js';
import { runAlone } from './alone.js';
import { type Plan, planInputs, planModels } from './plan.js';
import type { BenchCase, BenchReport, ModelTiming } from './report.js';
import { estimateMedian, spread } from './statistics.js';
import { type TimedRun, type TurnOptions, takeTurns } from './turns.js';

/** Each case runs for 5 seconds by default, at least 6 times and no more than 1000. */
export interface BenchOptions extends TurnOptions {
  /** The CPU by default. */
  readonly devices?: readonly Device[];
  /** Lengths of the batch, for models that leave it open; 1 by default, where they accept it. */
  readonly batches?: readonly number[];
  readonly shapes?: ShapeOverrides;
  readonly optimization?: NonNullable<SessionOptions['optimization']>;
  readonly threads?: number;
  /** Whether each model is started in a process of its own, to measure its memory; true by default. */
  readonly memory?: boolean;
  readonly seed?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

/** A model that is open and has run once. */
interface Runner {
  readonly session: Session;
  readonly run: TimedRun;
  /** Seconds. */
  readonly open: number;
  readonly firstRun: number;
}

const sides = ['a', 'b'] as const;

class Bench {
  readonly #plan: Plan;
  readonly #options: BenchOptions;
  readonly #clock: () => number;
  readonly notes: Set<string>;

  constructor(plan: Plan, options: BenchOptions) {
    this.#plan = plan;
    this.#options = options;
    this.#clock = options.clock ?? (() => performance.now());
    this.notes = new Set(plan.matched.notes);
  }

  async measure(device: Device, accepted: AcceptedInputs): Promise<BenchCase> {
    const { optimization = 'all', threads } = this.#options;
    const options = { device, optimization, ...(threads === undefined ? {} : { threads }) };
    const runners: Runner[] = [];
    try {
      for (const i of this.#plan.paths.keys()) runners.push(await this.#open(i, options, accepted));
      const turns = await takeTurns(
        runners.map(({ run }) => run),
        { ...this.#options, clock: this.#clock },
      );
      const timings: ModelTiming[] = [];
      for (const [i, runner] of runners.entries()) {
        timings.push(await this.#timing(i, runner, turns[i] ?? [], options, accepted));
      }
      const [a, b = null] = timings as [ModelTiming, ModelTiming?];
      const [x = [], y] = turns;
      const ratio = y ? estimateMedian(y.map((time, i) => time / (x[i] as number))) : null;
      const dims = Object.fromEntries(accepted.specs.map((spec) => [spec.name, spec.dims]));
      return { device, dims, a, b, ratio };
    } finally {
      for (const { session } of runners) await session.release();
    }
  }

  async #timed<T>(work: () => Promise<T>): Promise<[result: T, seconds: number]> {
    const start = this.#clock();
    const result = await work();
    return [result, (this.#clock() - start) / 1000];
  }

  async #open(i: number, options: SessionOptions, accepted: AcceptedInputs): Promise<Runner> {
    const path = this.#plan.paths[i] as string;
    const { specs, integerLimit } = accepted;
    const { seed = 0 } = this.#options;
    const inputs = generateInputs(specs, { kind: 'normal', seed, integerLimit });
    const own = inputsFor(sides[i] ?? 'a', inputs, this.#plan.matched);
    const placement = options.device !== 'cpu';
    const [session, open] = await this.#timed(() =>
      openSession({ path }, { ...options, placement }),
    );
    try {
      for (const note of session.notes) this.notes.add(note);
      const run: TimedRun = async () => {
        // Otherwise the pause falls into a run.
        freeUnusedBuffers();
        return (await this.#timed(() => session.run(own)))[1];
      };
      return { session, run, open, firstRun: await run() };
    } catch (error) {
      await session.release();
      throw error;
    }
  }

  async #timing(
    i: number,
    runner: Runner,
    times: readonly number[],
    options: SessionOptions,
    { specs, integerLimit }: AcceptedInputs,
  ): Promise<ModelTiming> {
    const path = this.#plan.paths[i] as string;
    const own = specs.map((spec) => this.#ownSpec(i, spec));
    const wanted = this.#options.memory ?? true;
    const alone = wanted ? await runAlone({ path, options, specs: own, integerLimit }) : null;
    if (wanted && !alone) this.notes.add(`${path} did not run in a process of its own`);
    const run = spread(times);
    const batch = specs.find(({ dims }) => dims.length > 1)?.dims[0];
    return {
      open: (alone ?? runner).open,
      firstRun: (alone ?? runner).firstRun,
      alone: alone !== null,
      run,
      throughput: batch === undefined ? null : batch / run.median,
      placement: await runner.session.placement(),
      memory: alone?.memory ?? null,
    };
  }

  /** An input under the name and of the type that a model has for it. */
  #ownSpec(i: number, spec: InputSpec): InputSpec {
    const { inputNames, casts } = this.#plan.matched;
    const side = sides[i] ?? 'a';
    const name = side === 'a' ? spec.name : (inputNames.get(spec.name) ?? spec.name);
    return { ...spec, name, dtype: casts.get(spec.name)?.[side] ?? spec.dtype };
  }
}

/**
 * Measures how fast one or two models run on the same seeded inputs, warmed up and in turns.
 * @param a path of the first model
 * @param b path of the second, null for none
 * @throws ReparamError for a model that cannot be read or run, a device that is missing, and a batch that a model
 *   does not take.
 */
export async function benchModels(
  a: string,
  b: string | null,
  options: BenchOptions = {},
): Promise<BenchReport> {
  const { devices = ['cpu'], onProgress } = options;
  const plan = await planModels(a, b);
  const inputs = await planInputs(plan, options);
  const bench = new Bench(plan, options);
  const cases: BenchCase[] = [];
  for (const device of devices) {
    for (const accepted of inputs) {
      onProgress?.(cases.length, devices.length * inputs.length);
      cases.push(await bench.measure(device, accepted));
    }
  }
  return { cases, notes: [...bench.notes] };
}
