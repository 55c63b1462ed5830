import { inferTypes, type Model, type Value } from '../../ir/index.js';
import {
  copySource,
  freeUnusedBuffers,
  type ModelSource,
  type SessionOptions,
} from '../../runtime/index.js';
import { elementCount, type Tensor } from '../../tensor/index.js';
import { type Correspondence, inputsFor } from '../match.js';
import { explain } from './causes/index.js';
import { CutPair } from './cut-pair.js';
import { errorOf, incomparable, worstAnswer } from './errors.js';
import { foreignPairs, grossError } from './foreign.js';
import { ValueMatching, type ValuePair } from './match-values.js';
import { type PartAnswer, probeParts } from './probe-parts.js';
import type { Divergence, InsideReport, ValueReport } from './report.js';
import { equalInside, truncationText } from './truncation.js';
import { VaryingGraph } from './varying.js';
import { compareWhole, runExposing, type WholeComparison } from './whole-runs.js';

export interface InsideOptions {
  /** What both models are fed with, by the names of the first. */
  readonly inputs: ReadonlyMap<string, Tensor>;
  readonly correspondence: Correspondence;
  readonly reference: SessionOptions;
  readonly deployment: SessionOptions;
  readonly unitRoundoff: number;
  readonly seed: number;
}

/** Values of more bytes than this are not all held: of so many only every so manyth is looked at. */
const mostHeldBytes = 2 ** 28;

function varying(model: Model, inputs: ReadonlyMap<string, Tensor>): VaryingGraph {
  const inputShapes = new Map([...inputs].map(([name, { dims }]) => [name, dims]));
  return new VaryingGraph(model.graph, inferTypes(model, { inputShapes }));
}

/** Whether a value is worth being held. */
type Wanted = (pair: ValuePair) => boolean;

/** Leaves values out where all together are too large to hold; never inputs and outputs. */
function affordable(
  all: readonly ValuePair[],
  graph: VaryingGraph,
  wanted: Wanted,
): readonly ValuePair[] {
  const pairs = all.filter((pair) => pair.matchedBy === 'interface' || wanted(pair));
  const elements = ({ a }: ValuePair) => elementCount(graph.dims(a) ?? []);
  const bytes = pairs.reduce((sum, pair) => sum + 4 * elements(pair), 0);
  const every = Math.ceil(bytes / mostHeldBytes);
  return pairs.filter(({ matchedBy }, i) => matchedBy === 'interface' || i % every === 0);
}

type Answers = ReadonlyMap<ValuePair, readonly PartAnswer[]>;

/** How often values are matched at most: each time without what turned out wrong before. */
const mostMatchings = 3;

/** Where so many values differ, nobody asks whether the next one is rightly matched. */
const mostGenuine = 16;

/** Two models that are compared value by value. */
class InsideComparison {
  readonly #a: Model;
  readonly #b: Model;
  readonly #options: InsideOptions;
  readonly #inputsB: ReadonlyMap<string, Tensor>;
  readonly #wanted: Wanted;
  #cut: CutPair;
  #whole: WholeComparison | null = null;
  /** Whether values were left out because all together are too large. */
  #thinned = false;

  constructor(a: Model, b: Model, options: InsideOptions, wanted: Wanted = () => true) {
    const { inputs, correspondence } = options;
    this.#a = a;
    this.#b = b;
    this.#options = options;
    this.#wanted = wanted;
    this.#inputsB = inputsFor('b', inputs, correspondence);
    const graphA = varying(a, inputs);
    const graphB = varying(b, this.#inputsB);
    const { pairs } = new ValueMatching(graphA, graphB, correspondence);
    this.#cut = this.#cutAt(graphA, graphB, pairs);
  }

  get thinned(): boolean {
    return this.#thinned;
  }

  #cutAt(graphA: VaryingGraph, graphB: VaryingGraph, pairs: readonly ValuePair[]): CutPair {
    const held = affordable(pairs, graphA, this.#wanted);
    this.#thinned = held.length < pairs.length;
    return new CutPair(graphA, graphB, held);
  }

  async look(): Promise<InsideReport> {
    await this.#runWhole();
    const answers = await this.#probeUntilMatched();
    const wrong = this.#cut.computed.filter((pair) => this.#differs(pair, answers));
    const known = await this.#knownCauses(wrong, answers);
    const rewritten = this.#cut.computed.filter((pair) => this.#cut.isRewritten(pair));
    const divergences: Divergence[] = [];
    for (const pair of wrong) {
      divergences.push(await this.#divergence(pair, answers, known.get(pair) ?? []));
    }
    return {
      values: this.#cut.computed.map((pair) => this.#valueReport(pair, answers)),
      divergences,
      rewritten: rewritten.map((pair) => this.#cut.sketch(pair)),
    };
  }

  /** Runs both models as they are, until no values are matched that are no such. */
  async #runWhole(): Promise<void> {
    const { correspondence } = this.#options;
    const { graphA, graphB } = this.#cut;
    const distrusted = new Set<Value>();
    for (let i = 1; ; i++) {
      const whole = await this.#compareWhole();
      this.#whole = whole;
      const unseen = this.#cut.pairs.filter((pair) => !whole.errors.has(pair));
      const foreign = foreignPairs(this.#cut.pairs, whole.errors);
      if (foreign.size === 0 || i === mostMatchings) {
        this.#cut = this.#cut.without(new Set([...unseen, ...foreign]));
        return;
      }
      for (const { a, b } of foreign) distrusted.add(a).add(b);
      const { pairs } = new ValueMatching(graphA, graphB, correspondence, distrusted);
      this.#cut = this.#cutAt(graphA, graphB, pairs);
    }
  }

  #compareWhole(): Promise<WholeComparison> {
    const { inputs, reference, deployment, unitRoundoff, seed } = this.#options;
    return compareWhole({
      a: this.#a,
      b: this.#b,
      cut: this.#cut,
      inputsA: inputs,
      inputsB: this.#inputsB,
      reference,
      deployment,
      unitRoundoff,
      seed,
    });
  }

  /**
   * Drops pairs until none is left that differs grossly and misleads another one that is computed from it: such a pair
   * is no pair, and the other one agrees without it.
   */
  async #probeUntilMatched(): Promise<Answers> {
    const genuine = new Set<ValuePair>();
    for (;;) {
      const answers = await this.#probe(this.#options.deployment);
      const misleading = await this.#findMisleading(answers, genuine);
      if (!misleading) return answers;
      this.#cut = this.#cut.without(new Set([misleading]));
    }
  }

  async #findMisleading(answers: Answers, genuine: Set<ValuePair>): Promise<ValuePair | null> {
    const cut = this.#cut;
    const wrong = cut.computed.filter((pair) => this.#differs(pair, answers));
    for (const pair of wrong.toReversed()) {
      if (pair.matchedBy === 'interface' || !this.#isGross(pair, answers)) continue;
      const misled = wrong.filter(
        (other) => cut.parts(other).a.sources.includes(pair.a) && this.#isGross(other, answers),
      );
      if (misled.length === 0 || genuine.size >= mostGenuine || genuine.has(pair)) continue;
      this.#cut = cut.without(new Set([pair]));
      const without = await this.#probe(this.#options.deployment, false);
      const agrees = misled.some((other) => !this.#differs(other, without));
      this.#cut = cut;
      if (agrees) return pair;
      genuine.add(pair);
    }
    return null;
  }

  /** @param sparse whether inputs are thinned out too */
  #probe(deployment: SessionOptions, sparse = true): Promise<Answers> {
    freeUnusedBuffers();
    const { inputs, reference, unitRoundoff, seed, correspondence } = this.#options;
    const cut = this.#cut;
    return probeParts({
      a: this.#a,
      b: this.#b,
      pairs: cut.computed,
      activations: this.#whole?.activations ?? new Map(),
      elements: this.#whole?.elements ?? 0,
      inputsA: inputs,
      correspondence,
      typeInB: (value) => cut.graphB.types.of(value)?.dtype,
      reference,
      deployment,
      unitRoundoff,
      seed,
      sparse,
      roundings: (pair, density) => cut.roundings(pair, density),
    });
  }

  #worst(pair: ValuePair, answers: Answers): PartAnswer | null {
    const consistent = this.#cut.sameSources(pair);
    return worstAnswer((answers.get(pair) ?? []).filter(({ sparse }) => consistent || !sparse));
  }

  #differs(pair: ValuePair, answers: Answers): boolean {
    const answer = this.#worst(pair, answers);
    return answer !== null && answer.differing !== null && this.#cut.isContinuous(pair);
  }

  #isGross(pair: ValuePair, answers: Answers): boolean {
    const answer = this.#worst(pair, answers);
    return answer !== null && errorOf(answer).maxRelative > grossError;
  }

  /** Causes that only more runs can show. */
  async #knownCauses(
    wrong: readonly ValuePair[],
    answers: Answers,
  ): Promise<Map<ValuePair, string[]>> {
    const causes = new Map<ValuePair, string[]>();
    const [first] = wrong;
    if (!first) return causes;
    const { reference, deployment } = this.#options;
    const { device = 'cpu' } = deployment;
    const sparse = wrong.some((pair) => !this.#dense(pair, answers));
    // Where it runs as the first model does, only the models differ, not what runs them.
    const others = deployment === reference ? answers : await this.#probe(reference, sparse);
    for (const pair of wrong.filter((one) => !this.#differs(one, others))) {
      causes.set(pair, [
        `without optimizations on the CPU both agree: onnxruntime computes it differently on ${device}`,
      ]);
    }
    const truncation = await this.#truncation(first);
    if (truncation !== null && !causes.has(first)) causes.set(first, [truncation]);
    return causes;
  }

  /** Whether one model ends where the other one goes on. */
  async #truncation(pair: ValuePair): Promise<string | null> {
    if (pair.matchedBy !== 'interface' || !this.#cut.isRewritten(pair)) return null;
    const { inputs, reference } = this.#options;
    const { a, b } = this.#cut.parts(pair);
    const [first] = await runExposing(this.#a, [], [inputs], reference);
    const [second] = await runExposing(this.#b, [], [this.#inputsB], reference);
    const outputB = second?.get(pair.b.name);
    const inFirst = await equalInside(this.#a, a, inputs, outputB, reference);
    if (inFirst) return truncationText(inFirst, 'first');
    const outputA = first?.get(pair.a.name);
    const inSecond = await equalInside(this.#b, b, this.#inputsB, outputA, reference);
    return inSecond && truncationText(inSecond, 'second');
  }

  #valueReport(pair: ValuePair, answers: Answers): ValueReport {
    const { a, b, matchedBy } = pair;
    const local = this.#worst(pair, answers);
    return {
      a: a.name,
      b: b.name,
      matchedBy,
      producer: a.producer?.label ?? '',
      error: this.#whole?.errors.get(pair) ?? incomparable,
      localError: local && errorOf(local),
    };
  }

  async #divergence(
    pair: ValuePair,
    answers: Answers,
    known: readonly string[],
  ): Promise<Divergence> {
    const { a, b } = pair;
    const answer = this.#worst(pair, answers) as PartAnswer;
    const causes = known.length > 0 ? known : await this.#explain(pair, answers);
    const worst = answer.comparison?.worst;
    return {
      a: a.name,
      b: b.name,
      nodeA: a.producer?.label ?? '',
      nodeB: b.producer?.label ?? '',
      error: errorOf(answer),
      index: worst?.index ?? [],
      expected: worst?.expected ?? '',
      actual: worst?.actual ?? '',
      causes,
      part: this.#cut.sketch(pair),
    };
  }

  #explain(pair: ValuePair, answers: Answers): Promise<readonly string[]> {
    const { a: partA, b: partB } = this.#cut.parts(pair);
    const { graphA, graphB } = this.#cut;
    // Answers to inputs that are mostly zero look as if they differed at the borders, or by channel.
    return explain(this.#a, { partA, partB, graphA, graphB, answers: this.#dense(pair, answers) });
  }

  /** The answers to inputs that occur, where they differ. */
  #dense(pair: ValuePair, answers: Answers): PartAnswer['differing'] {
    return answers.get(pair)?.find(({ sparse }) => !sparse)?.differing ?? null;
  }
}

/** So many places where models part are looked at again. */
const mostCloser = 3;

/** Looks again where values had been left out of the parts that differ, so that the node itself can be named. */
async function lookCloser(
  a: Model,
  b: Model,
  options: InsideOptions,
  found: readonly Divergence[],
): Promise<readonly Divergence[]> {
  const parts = found.slice(0, mostCloser).map(({ part }) => part.before);
  const near = new Set(
    parts.flatMap(({ inputs, output, nodes }) => [
      ...inputs,
      output,
      ...nodes.flatMap(({ outputs }) => outputs),
    ]),
  );
  const closer = new InsideComparison(a, b, options, (pair) => near.has(pair.a.name));
  const { divergences } = await closer.look();
  const nearer = divergences.filter((divergence) => near.has(divergence.a));
  return nearer.length === 0 ? found : [...nearer, ...found.slice(mostCloser)];
}

/**
 * Compares two models value by value: values are matched by name, else by structure, and every part between matched
 * values is run alone, on the same inputs in both models.
 * @throws ReparamError when a model cannot be read, {@link UnrunnableError} when it cannot be run.
 */
export async function lookInside(
  a: ModelSource,
  b: ModelSource,
  options: InsideOptions,
): Promise<InsideReport> {
  // Graphs are changed while they are looked at.
  const [first, second] = [await copySource(a), await copySource(b)];
  const comparison = new InsideComparison(first, second, options);
  const report = await comparison.look();
  if (!comparison.thinned || report.divergences.length === 0) return report;
  return { ...report, divergences: await lookCloser(first, second, options, report.divergences) };
}
