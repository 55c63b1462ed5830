import { ReparamError } from '../errors.js';
import {
  type Device,
  freeUnusedBuffers,
  type Session,
  type SessionOptions,
  type SessionPool,
  UnrunnableError,
} from '../runtime/index.js';
import { elementCount, isFloat, type Tensor, unitRoundoff } from '../tensor/index.js';
import { Agreement } from './agreement.js';
import { blindOutputs } from './blind-outputs.js';
import { maxMagnitude } from './compare/compare.js';
import { judgeOutput, missingOutput, type Standard } from './compare/judge.js';
import { type ReferenceRun, runReference } from './compare/reference.js';
import { type Feed, givenFeed } from './inputs/feeds.js';
import { generateInputs, inputKinds } from './inputs/inputs.js';
import { type FeedPlan, type PlanOptions, planFeeds } from './inputs/plan.js';
import { type Correspondence, castFloats, inputsFor } from './match.js';
import type { CompareOptions, GivenInputs } from './options.js';
import {
  type ComparedReport,
  type Deployment,
  type OutputReport,
  type RunReport,
  toleranceUsed,
  worstOf,
} from './report.js';
import { selectRuns } from './select-runs.js';
import type { Subject } from './subject.js';

/** Outputs are held until the second model has run; beyond this many bytes the models take turns. */
const mostHeldBytes = 2 ** 29;
const mostHeldRuns = 64;

/** Sessions do not keep memory for outputs of more bytes than this. */
const largeOutputBytes = 2 ** 27;

/** Carries the refusal of a model out of the middle of a comparison. */
export class ModelFailure extends Error {
  readonly model: 'a' | 'b';
  readonly reason: string;

  constructor(model: 'a' | 'b', error: UnrunnableError) {
    super(error.message, { cause: error });
    this.model = model;
    this.reason = error.message;
  }
}

async function blaming<T>(model: 'a' | 'b', work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof UnrunnableError ? new ModelFailure(model, error) : error;
  }
}

const inputSize = ({ dims }: RunReport): number =>
  Object.values(dims).reduce((sum, lengths) => sum + elementCount(lengths), 0);

const deviceOf = ({ device = 'cpu' }: SessionOptions) => device;

/** What underflow may add to an output: its answer to inputs of the smallest normal number. */
function underflows({ outputs }: ReferenceRun, smallest: number): Map<string, number> {
  const floats = [...outputs].filter(([, tensor]) => isFloat(tensor.dtype));
  return new Map(
    floats.map(([name, tensor]) => [name, smallest * Math.max(1, maxMagnitude(tensor))]),
  );
}

/** Unit roundoff of NVIDIA's TF32, which has the 10 fraction bits of float16. */
const tf32Roundoff = unitRoundoff('float16');

async function* chain(
  feeds: readonly Feed[],
  given: AsyncIterable<GivenInputs> | Iterable<GivenInputs>,
): AsyncGenerator<Feed> {
  yield* feeds;
  for await (const { source, inputs } of given) yield givenFeed(source, inputs);
}

/** One comparison of two models by their outputs, under way. */
export class ModelComparison {
  readonly #first: Subject;
  readonly #second: Subject;
  readonly #matched: Correspondence;
  readonly #options: CompareOptions;
  readonly #pool: SessionPool;
  readonly #deployments: readonly SessionOptions[];
  readonly #runs: RunReport[] = [];
  readonly #agreements: readonly Agreement[];
  /** Of given inputs only the first are held on to. */
  readonly #feeds = new Map<RunReport, Feed>();
  readonly #notes = new Set<string>();
  readonly #placements = new Map<SessionOptions, Deployment>();
  #arena = true;
  #underflow: ReadonlyMap<string, number> | null = null;
  #done = 0;
  #total = 0;

  constructor(
    first: Subject,
    second: Subject,
    matched: Correspondence,
    options: CompareOptions,
    pool: SessionPool,
  ) {
    this.#first = first;
    this.#second = second;
    this.#matched = matched;
    this.#options = options;
    this.#pool = pool;
    this.#deployments = options.deployments ?? [{}];
    this.#agreements = this.#deployments.map((options) => new Agreement(deviceOf(options)));
  }

  get #reference(): SessionOptions {
    return this.#options.reference ?? { optimization: 'disabled' };
  }

  async run(): Promise<ComparedReport> {
    const { seed = 0, runs = 1, kinds = inputKinds, shapes = new Map() } = this.#options;
    const { sizes = true, given } = this.#options;
    const planning = { seed, runs, kinds, shapes, sizes, optional: given !== undefined };
    const found = await this.#withFirst((session) =>
      planFeeds(this.#asking(session), this.#matched.inputs, planning),
    );
    const plan = await this.#planForBoth(found, planning);
    if (plan.outputBytes > largeOutputBytes) {
      this.#arena = false;
      await this.#pool.release();
    }
    const { givenCount = 0 } = this.#options;
    this.#total = (plan.feeds.length + givenCount) * (1 + this.#deployments.length);
    const feeds = chain(plan.feeds, given ?? []);
    for (;;) {
      const references = await this.#withFirst((session) => this.#runFirst(session, feeds));
      const [first] = references;
      if (!first) break;
      const { smallestNormal } = this.#first.arithmetic;
      this.#underflow ??= underflows(first, smallestNormal);
      for (const i of this.#deployments.keys()) await this.#judgeDeployment(i, references);
    }
    if (this.#runs.length === 0) {
      throw new ReparamError('usage', 'there is nothing to run the models on', {
        hint: 'leave --kinds none out, or give inputs with --input or --data',
      });
    }
    return this.#report(plan.notes);
  }

  /** The run that shows the largest difference, or the smallest where none does; null for none that can be repeated. */
  get telling(): { readonly run: RunReport; readonly feed: Feed } | null {
    const differing = worstOf([...this.#feeds.keys()]).filter(({ output }) => !output.equal);
    const [worst] = differing.toSorted((x, y) => toleranceUsed(y.output) - toleranceUsed(x.output));
    const [smallest] = [...this.#feeds.keys()].toSorted((x, y) => inputSize(x) - inputSize(y));
    const run = worst?.run ?? smallest;
    const feed = run && this.#feeds.get(run);
    return run && feed ? { run, feed } : null;
  }

  /**
   * Unit roundoff by which the models are judged: that of the first, of both where their inputs are openly of
   * different types, or a coarser one that the caller allows.
   */
  unitRoundoff(device: Device): number {
    const { tf32 = false, precision } = this.#options;
    const models = this.#matched.casts.size === 0 ? [this.#first] : [this.#first, this.#second];
    return Math.max(
      ...models.map(({ arithmetic }) => arithmetic.unitRoundoff),
      tf32 && device !== 'cpu' ? tf32Roundoff : 0,
      precision ? unitRoundoff(precision) : 0,
    );
  }

  #withFirst<T>(use: (session: Session) => Promise<T>): Promise<T> {
    return blaming('a', this.#use(this.#first, this.#reference, use));
  }

  /** Where the nodes run is asked for on other devices than the CPU, which has nothing to fall back to. */
  async #use<T>(
    { source }: Subject,
    options: SessionOptions,
    use: (session: Session) => Promise<T>,
  ): Promise<T> {
    freeUnusedBuffers();
    const { device = 'cpu', optimization = 'all' } = options;
    const placement = device !== 'cpu';
    return this.#pool.use(
      source,
      { ...options, arena: this.#arena, placement },
      async (session) => {
        const result = await use(session);
        const shown = optimization === 'disabled' ? 'disabled' : 'all';
        if (!this.#placements.has(options)) {
          for (const note of session.notes) this.#notes.add(note);
          const placement = await session.placement();
          this.#placements.set(options, { device, optimization: shown, placement });
        }
        return result;
      },
    );
  }

  async #runFirst(session: Session, feeds: AsyncIterator<Feed>): Promise<ReferenceRun[]> {
    const references: ReferenceRun[] = [];
    for (let bytes = 0; bytes < mostHeldBytes && references.length < mostHeldRuns; ) {
      const next = await feeds.next();
      if (next.done) break;
      const reference = await runReference(
        session,
        this.#cast(next.value),
        this.unitRoundoff('cpu'),
      );
      references.push(reference);
      for (const tensor of reference.outputs.values()) bytes += tensor.byteLength;
      this.#step();
    }
    return references;
  }

  /** Where lengths are open and the second model refuses what was found, another size that both accept. */
  async #planForBoth(plan: FeedPlan, planning: PlanOptions): Promise<FeedPlan> {
    const { inputs } = this.#matched;
    const isOpen = inputs.some(({ type }) => type?.shape?.some((dim) => typeof dim !== 'number'));
    if (!isOpen || !plan.accepted) return plan;
    const { specs, integerLimit } = plan.accepted;
    let opened = false;
    const runSecond = (tried: ReadonlyMap<string, Tensor>) =>
      this.#use(this.#second, this.#deployments[0] ?? {}, (session) => {
        opened = true;
        return session.run(inputsFor('b', tried, this.#matched));
      });
    const both = {
      run: async (tried: ReadonlyMap<string, Tensor>) => {
        await runSecond(tried);
        return this.#use(this.#first, this.#reference, (session) =>
          this.#asking(session).run(tried),
        );
      },
    };
    try {
      await runSecond(generateInputs(specs, { kind: 'constant', seed: 0, integerLimit }));
      return plan;
    } catch (error) {
      if (!(error instanceof UnrunnableError)) throw error;
      // What cannot be opened, or accepts no other size either, is reported when it is run.
      if (!opened) return plan;
    }
    try {
      return await planFeeds(both, inputs, { ...planning, refused: plan.accepted });
    } catch (error) {
      if (!(error instanceof UnrunnableError)) throw error;
      return plan;
    }
  }

  /** The first model's session, to be asked whether it accepts inputs of the types that both models share. */
  #asking(session: Session): Pick<Session, 'run'> {
    return { run: (inputs) => session.run(inputsFor('a', inputs, this.#matched)) };
  }

  /** Rounds inputs to what both models can be given, and hands them over in the first model's types. */
  #cast(feed: Feed): Feed {
    if (this.#matched.casts.size === 0) return feed;
    const types = new Map(this.#matched.inputs.map(({ name, type }) => [name, type?.dtype]));
    const tensors = (): ReadonlyMap<string, Tensor> => {
      const rounded = [...feed.tensors()].map(
        ([name, tensor]) => [name, castFloats(tensor, types.get(name) ?? tensor.dtype)] as const,
      );
      return inputsFor('a', new Map(rounded), this.#matched);
    };
    return { ...feed, tensors };
  }

  #step(): void {
    this.#total = Math.max(this.#total, ++this.#done);
    this.#options.onProgress?.(this.#done, this.#total);
  }

  #judgeDeployment(index: number, references: readonly ReferenceRun[]): Promise<void> {
    const options = this.#deployments[index] ?? {};
    const device = deviceOf(options);
    const standard: Standard = {
      roundings: this.#first.roundings + this.#second.roundings,
      deviceRoundoff: this.unitRoundoff(device),
      underflow: this.#underflow ?? new Map(),
      tolerance: this.#options.tolerance,
    };
    const judge = async (session: Session): Promise<void> => {
      for (const reference of references) {
        const outputs = await this.#judge(session, reference, standard, this.#agreements[index]);
        const { kind, seed, source, dims } = reference.feed;
        const run: RunReport = { device, kind, seed, source, dims, outputs };
        if (kind !== 'given' || this.#feeds.size === 0) this.#feeds.set(run, reference.feed);
        this.#runs.push(run);
        this.#step();
      }
    };
    return blaming('b', this.#use(this.#second, options, judge));
  }

  async #judge(
    session: Session,
    run: ReferenceRun,
    standard: Standard,
    agreement: Agreement | undefined,
  ): Promise<OutputReport[]> {
    const { outputNames } = this.#matched;
    const { feed } = run;
    let actual: ReadonlyMap<string, Tensor>;
    try {
      actual = await session.run(inputsFor('b', feed.tensors(), this.#matched));
    } catch (error) {
      if (!(error instanceof UnrunnableError && feed.otherSize)) throw error;
      const reason = `the second model refuses a size that the first accepts: ${error.message}`;
      return [...run.outputs].map(([name, expected]) => missingOutput(name, expected, reason));
    }
    return [...run.outputs].map(([name, expected]) => {
      const twin = actual.get(outputNames.get(name) ?? name) as Tensor;
      const output = judgeOutput(name, expected, twin, run, standard);
      if (feed.source !== null) {
        agreement?.add(feed.source, name, expected, twin, output.error);
      }
      return output;
    });
  }

  #report(notes: readonly string[]): ComparedReport {
    const runs = this.#deployments.flatMap((options) =>
      this.#runs.filter(({ device }) => device === deviceOf(options)),
    );
    const equal = runs.every((run) => run.outputs.every((output) => output.equal));
    const of = (options: SessionOptions): Deployment =>
      this.#placements.get(options) ?? {
        device: deviceOf(options),
        optimization: 'all',
        placement: null,
      };
    const agreement = this.#agreements.map((one) => one.report());
    return {
      status: equal ? 'equal' : 'different',
      seed: this.#options.seed ?? 0,
      inputs: this.#matched.inputs.map(({ name, type }) => ({
        name,
        dtype: type?.dtype ?? 'float32',
        dims: runs[0]?.dims[name] ?? [],
      })),
      reference: of(this.#reference),
      deployments: this.#deployments.map(of),
      runs: selectRuns(runs),
      agreement: agreement.filter(({ samples }) => samples > 0),
      inside: null,
      notes: [...this.#matched.notes, ...notes, ...this.#notes, ...blindOutputs(runs)],
    };
  }
}
