import { inputError, ReparamError } from '../errors.js';
import {
  type Device,
  openSession,
  type Session,
  type SessionOptions,
  type ValueInfo,
} from '../runtime/index.js';
import type { Tensor } from '../tensor/index.js';
import { generateInputs, type InputSpec, toSubject } from '../verify/index.js';
import { findInputs } from '../verify/inputs/feeds.js';
import { type Correspondence, inputsFor, matchInterfaces } from '../verify/match.js';
import { measureMemory } from './memory.js';
import type { BenchCase, BenchReport, ModelTiming } from './report.js';
import { estimateMedian, spread } from './statistics.js';

export interface BenchOptions {
  /** The CPU by default. */
  readonly devices?: readonly Device[];
  /** Lengths of the batch, for models that leave it open; by default one that they accept. */
  readonly batches?: readonly number[];
  readonly shapes?: ReadonlyMap<string, readonly number[]>;
  readonly optimization?: NonNullable<SessionOptions['optimization']>;
  readonly threads?: number;
  /** For how many seconds each case is run, 5 by default; at least 5 runs are done and no more than 1000. */
  readonly seconds?: number;
  /** That many runs instead. */
  readonly runs?: number;
  /** Runs before the counted ones, beside the first; 2 by default. */
  readonly warmup?: number;
  /** Whether peak memory is measured, in a process for each model; true by default. */
  readonly memory?: boolean;
  readonly seed?: number;
  /** Tells the time in milliseconds. */
  readonly clock?: () => number;
  readonly onProgress?: (done: number, total: number) => void;
}

const fewestRuns = 5;
const mostRuns = 1000;

/** A session, how long it took to open, and what it is fed with. */
interface Runner {
  readonly session: Session;
  readonly inputs: ReadonlyMap<string, Tensor>;
  readonly open: number;
  readonly times: number[];
}

interface Plan {
  readonly paths: readonly string[];
  readonly matched: Pick<Correspondence, 'inputs' | 'inputNames' | 'casts'>;
  readonly options: BenchOptions;
}

async function plan(a: string, b: string | null, options: BenchOptions): Promise<Plan> {
  const first = await toSubject({ path: a });
  if (b === null) {
    const matched = { inputs: first.inputs, inputNames: new Map(), casts: new Map() };
    return { paths: [a], matched, options };
  }
  const matching = matchInterfaces(first, await toSubject({ path: b }));
  if (!matching.ok) throw inputError(`the models cannot be compared: ${matching.refusal.reason}`);
  return { paths: [a, b], matched: matching.value, options };
}

const isOpenBatch = ({ type }: ValueInfo): boolean =>
  typeof type?.shape?.[0] !== 'number' && (type?.shape?.length ?? 0) > 0;

/** Shapes with another batch. @throws ReparamError where no input leaves it open. */
function withBatch(
  inputs: readonly ValueInfo[],
  specs: readonly InputSpec[],
  batch: number,
): ReadonlyMap<string, readonly number[]> {
  const open = new Set(inputs.filter(isOpenBatch).map(({ name }) => name));
  const fixed = specs.find(({ dims }) => dims.length > 0 && dims[0] !== batch);
  if (open.size === 0 && fixed) {
    throw new ReparamError(
      'usage',
      `a batch of ${batch} was asked for, but input '${fixed.name}' always takes ${fixed.dims[0]}`,
      { hint: 'export the model with a dynamic batch axis' },
    );
  }
  return new Map(
    specs
      .filter(({ name }) => open.has(name))
      .map(({ name, dims }) => [name, [batch, ...dims.slice(1)]]),
  );
}

/** The inputs of every case: what the first model accepts, with each batch that was asked for. */
async function planInputs({ paths, matched, options }: Plan): Promise<InputSpec[][]> {
  const { shapes = new Map(), batches, seed = 0 } = options;
  const session = await openSession({ path: paths[0] as string }, { optimization: 'disabled' });
  const asking = {
    run: (inputs: ReadonlyMap<string, Tensor>) => session.run(inputsFor('a', inputs, matched)),
  };
  try {
    const { specs } = await findInputs(asking, matched.inputs, shapes, seed);
    if (!batches) return [[...specs]];
    const cases: InputSpec[][] = [];
    for (const batch of batches) {
      const wanted = new Map([...shapes, ...withBatch(matched.inputs, specs, batch)]);
      cases.push([...(await findInputs(asking, matched.inputs, wanted, seed)).specs]);
    }
    return cases;
  } finally {
    await session.release();
  }
}

async function timeRun({ session, inputs }: Runner, clock: () => number): Promise<number> {
  const start = clock();
  await session.run(inputs);
  return (clock() - start) / 1000;
}

/** Runs the models in turns, the first one first in every other pair, so that whatever else happens meets both. */
async function takeTurns(runners: readonly Runner[], options: BenchOptions): Promise<void> {
  const { seconds = 5, runs, warmup = 2, clock = () => performance.now() } = options;
  for (const runner of runners) {
    for (let i = 0; i < warmup; i++) await timeRun(runner, clock);
  }
  const start = clock();
  const done = (pairs: number): boolean => {
    if (runs !== undefined) return pairs >= runs;
    const late = (clock() - start) / 1000 >= seconds;
    return pairs >= mostRuns || (pairs >= fewestRuns && late);
  };
  for (let pairs = 0; !done(pairs); pairs++) {
    const order = pairs % 2 === 0 ? runners : runners.toReversed();
    for (const runner of order) runner.times.push(await timeRun(runner, clock));
  }
}

async function toTiming(
  runner: Runner,
  firstRun: number,
  path: string,
  specs: readonly InputSpec[],
  options: SessionOptions,
  wantsMemory: boolean,
): Promise<ModelTiming> {
  const run = spread(runner.times);
  const batch = specs.find(({ dims }) => dims.length > 1)?.dims[0];
  return {
    open: runner.open,
    firstRun,
    run,
    throughput: batch === undefined ? null : batch / run.median,
    placement: await runner.session.placement(),
    memory: wantsMemory ? await measureMemory({ path, options, specs }) : null,
  };
}

async function benchCase(
  { paths, matched, options }: Plan,
  device: Device,
  specs: readonly InputSpec[],
  notes: Set<string>,
): Promise<BenchCase> {
  const { optimization = 'all', threads, memory = true, seed = 0 } = options;
  const { clock = () => performance.now() } = options;
  const shared = { device, optimization, ...(threads === undefined ? {} : { threads }) };
  const inputs = generateInputs(specs, { kind: 'normal', seed, integerLimit: 2 });
  const runners: Runner[] = [];
  try {
    const firstRuns: number[] = [];
    for (const [i, path] of paths.entries()) {
      const start = clock();
      const session = await openSession({ path }, { ...shared, placement: device !== 'cpu' });
      const open = (clock() - start) / 1000;
      for (const note of session.notes) notes.add(note);
      const own = inputsFor(i === 0 ? 'a' : 'b', inputs, matched);
      runners.push({ session, inputs: own, open, times: [] });
      firstRuns.push(await timeRun(runners[i] as Runner, clock));
    }
    await takeTurns(runners, options);
    const timings: ModelTiming[] = [];
    for (const [i, runner] of runners.entries()) {
      const path = paths[i] as string;
      const own = specs.map((spec) => toOwn(spec, i === 0 ? 'a' : 'b', matched));
      timings.push(await toTiming(runner, firstRuns[i] ?? 0, path, own, shared, memory));
    }
    const [a, b = null] = timings as [ModelTiming, ModelTiming?];
    const [x, y] = runners;
    const ratios = y ? y.times.map((time, i) => time / (x?.times[i] as number)) : null;
    const dims = Object.fromEntries(specs.map((spec) => [spec.name, spec.dims]));
    return { device, dims, a, b, ratio: ratios && estimateMedian(ratios) };
  } finally {
    for (const { session } of runners) await session.release();
  }
}

/** An input under the name and of the type that a model has for it. */
function toOwn(
  spec: InputSpec,
  side: 'a' | 'b',
  { inputNames, casts }: Plan['matched'],
): InputSpec {
  const name = side === 'a' ? spec.name : (inputNames.get(spec.name) ?? spec.name);
  return { ...spec, name, dtype: casts.get(spec.name)?.[side] ?? spec.dtype };
}

/**
 * Measures how fast one or two models run on the same seeded inputs, warmed up and in turns.
 * @param a path of the first model, `b` of the second or null
 * @throws ReparamError for a model that cannot be read or run, a device that is missing, and a batch that a model
 * does not take.
 */
export async function benchModels(
  a: string,
  b: string | null,
  options: BenchOptions = {},
): Promise<BenchReport> {
  const { devices = ['cpu'], onProgress } = options;
  const planned = await plan(a, b, options);
  const inputs = await planInputs(planned);
  const cases: BenchCase[] = [];
  const notes = new Set<string>();
  for (const device of devices) {
    for (const specs of inputs) {
      onProgress?.(cases.length, devices.length * inputs.length);
      cases.push(await benchCase(planned, device, specs, notes));
    }
  }
  return { cases, notes: [...notes] };
}
