import { cutGraph, type Model, type TensorType, type Value } from '../../ir/index.js';
import { encodeModel } from '../../onnx/index.js';
import {
  freeUnusedBuffers,
  openSession,
  type Session,
  type SessionOptions,
} from '../../runtime/index.js';
import { type DataType, isFloat, type Tensor, unitRoundoff } from '../../tensor/index.js';
import { type Comparison, maxMagnitude } from '../compare/compare.js';
import { compareWithin } from '../compare/judge.js';
import { amplifications } from '../compare/reference.js';
import { perturbInputs } from '../inputs/inputs.js';
import { type Correspondence, castFloats, inputsFor } from '../match.js';
import { density, type Round, sparseActivations } from './activations.js';
import type { ValuePair } from './match-values.js';

/** What the two parts before a pair of values answer to the same inputs. */
export interface PartAnswer {
  /** Null when they have other types or shapes. */
  readonly comparison: Comparison | null;
  /** The answers themselves, where they differ. */
  readonly differing: { readonly expected: Tensor; readonly actual: Tensor } | null;
  /** Whether the inputs were thinned out, each by itself. */
  readonly sparse: boolean;
}

/** A model cut at values, all parts of which run at once. */
class CutSession {
  readonly #session: Session;
  readonly #inputs: ReadonlyMap<Value, string>;

  private constructor(session: Session, inputs: ReadonlyMap<Value, string>) {
    this.#session = session;
    this.#inputs = inputs;
  }

  static async open(
    model: Model,
    values: ReadonlyMap<Value, TensorType>,
    options: SessionOptions,
  ): Promise<CutSession> {
    const cut = cutGraph(model.graph, values);
    try {
      return new CutSession(
        await openSession(encodeModel(model), { ...options, arena: false }),
        cut.inputs,
      );
    } finally {
      cut.restore();
    }
  }

  /** @param given what each value is to be for its readers; graph inputs under their own names. */
  async run(
    given: ReadonlyMap<Value, Tensor>,
    inputs: ReadonlyMap<string, Tensor>,
  ): Promise<Map<string, Tensor>> {
    const feeds = new Map(inputs);
    for (const [value, name] of this.#inputs) {
      const tensor = given.get(value);
      if (tensor) feeds.set(name, tensor);
    }
    return this.#session.run(feeds);
  }

  release(): Promise<void> {
    return this.#session.release();
  }
}

export interface ProbeSetup {
  readonly a: Model;
  readonly b: Model;
  readonly pairs: readonly ValuePair[];
  /** What the first model computed for values that something is computed from. */
  readonly activations: ReadonlyMap<Value, Tensor>;
  /** Number of the elements of all pairs. */
  readonly elements: number;
  /** Graph inputs by their names in the first model. */
  readonly inputsA: ReadonlyMap<string, Tensor>;
  readonly correspondence: Pick<Correspondence, 'inputNames' | 'casts'>;
  /** Type of a value of the second model, which may be another floating-point type than in the first. */
  readonly typeInB: (value: Value) => DataType | undefined;
  readonly reference: SessionOptions;
  readonly deployment: SessionOptions;
  /** Roundings of the two parts before a pair, by the share of the elements of their sources that are not zero. */
  readonly roundings: (pair: ValuePair, density: (source: Value) => number) => number;
  readonly unitRoundoff: number;
  readonly seed: number;
  /** Whether inputs are thinned out too. */
  readonly sparse: boolean;
}

const typeOn = (setup: ProbeSetup, side: 'a' | 'b', pair: ValuePair, tensor: Tensor): DataType =>
  (side === 'b' ? setup.typeInB(pair.b) : undefined) ?? tensor.dtype;

function cutTypes(setup: ProbeSetup, side: 'a' | 'b'): Map<Value, TensorType> {
  const types = new Map<Value, TensorType>();
  for (const pair of setup.pairs) {
    const tensor = setup.activations.get(pair.a);
    if (!tensor) continue;
    types.set(pair[side], { dtype: typeOn(setup, side, pair, tensor), shape: tensor.dims });
  }
  return types;
}

/** Values of so many elements in all are probed in more rounds: the more, the smaller the faults that show. */
const fewElements = 2 ** 21;

const manyElements = 2 ** 24;

function sparseRounds({ elements, sparse }: ProbeSetup): Round[] {
  if (!sparse) return [];
  const count = elements <= fewElements ? 16 : elements <= manyElements ? 4 : 1;
  return Array.from({ length: count }, (_, index) => ({ index, count }));
}

/**
 * Runs every part of both models between neighbouring pairs of values on the same inputs: those that occur in the first
 * model, and the same thinned out. What differs then differs because of the part itself, not of anything before it.
 * @returns the answers by pair, one for each round of inputs.
 */
export async function probeParts(setup: ProbeSetup): Promise<Map<ValuePair, PartAnswer[]>> {
  const answers = new Map<ValuePair, PartAnswer[]>(setup.pairs.map((pair) => [pair, []]));
  const a = await CutSession.open(setup.a, cutTypes(setup, 'a'), setup.reference);
  try {
    const b = await CutSession.open(setup.b, cutTypes(setup, 'b'), setup.deployment);
    try {
      for (const round of [null, ...sparseRounds(setup)]) {
        freeUnusedBuffers();
        await probeRound(setup, a, b, round, answers);
      }
    } finally {
      await b.release();
    }
  } finally {
    await a.release();
  }
  return answers;
}

type Named = ReadonlyMap<string, Tensor>;

/** What all parts are fed with in one round, by the names of the first model. */
function feedsOf({ pairs, activations, inputsA, seed }: ProbeSetup, sparse: Round | null): Named {
  const occurring = new Map(inputsA);
  for (const { a } of pairs) {
    const tensor = activations.get(a);
    if (tensor) occurring.set(a.name, tensor);
  }
  return sparse === null ? occurring : sparseActivations(occurring, sparse, seed);
}

/** The same under the names that the cut models have for it. */
function runCut(session: CutSession, setup: ProbeSetup, side: 'a' | 'b', fed: Named) {
  const given = new Map<Value, Tensor>();
  for (const pair of setup.pairs) {
    const tensor = fed.get(pair.a.name);
    if (!tensor) continue;
    // Both models get what the types of both can hold.
    const types = [typeOn(setup, 'a', pair, tensor), typeOn(setup, 'b', pair, tensor)];
    const [coarsest = tensor.dtype] = types.toSorted((x, y) => roundoffOf(y) - roundoffOf(x));
    const own = typeOn(setup, side, pair, tensor);
    given.set(pair[side], castFloats(castFloats(tensor, coarsest), own));
  }
  const inputs = [...setup.inputsA].map(
    ([name, tensor]) => [name, fed.get(name) ?? tensor] as const,
  );
  return session.run(given, inputsFor(side, new Map(inputs), setup.correspondence));
}

/** What the first model answers, and how much more a change of its answers is than one of what it was fed with. */
async function runFirst(a: CutSession, setup: ProbeSetup, fed: Named) {
  const step = Math.sqrt(setup.unitRoundoff);
  const expected = await runCut(a, setup, 'a', fed);
  const changed = await runCut(a, setup, 'a', perturbInputs(fed, step, setup.seed));
  return { expected, amplification: amplifications(expected, changed, step) };
}

async function probeRound(
  setup: ProbeSetup,
  a: CutSession,
  b: CutSession,
  sparse: Round | null,
  answers: ReadonlyMap<ValuePair, PartAnswer[]>,
): Promise<void> {
  const fed = feedsOf(setup, sparse);
  const { expected, amplification } = await runFirst(a, setup, fed);
  freeUnusedBuffers();
  const actual = await runCut(b, setup, 'b', fed);
  const densities = new Map<Value, number>();
  const densityOf = (source: Value): number => {
    const tensor = sparse === null ? undefined : fed.get(source.name);
    const known = densities.get(source) ?? (tensor ? density(tensor) : 1);
    densities.set(source, known);
    return known;
  };
  for (const pair of setup.pairs) {
    const x = expected.get(pair.a.name);
    const y = actual.get(pair.b.name);
    if (!x || !y) continue;
    const magnitude = maxMagnitude(x);
    const dense = answers.get(pair)?.[0]?.comparison?.magnitude ?? 0;
    const comparison = compareWithin(x, y, {
      unitRoundoff: Math.max(setup.unitRoundoff, roundoffOf(x.dtype)),
      roundings: setup.roundings(pair, densityOf),
      amplification: amplification.get(pair.a.name) ?? 1,
      magnitude: Math.max(magnitude, cancellation * dense),
      underflow: Number.MIN_VALUE,
    });
    const differing = comparison?.mismatches === 0 ? null : { expected: x, actual: y };
    answers.get(pair)?.push({ comparison, differing, sparse: sparse !== null });
  }
}

const roundoffOf = (dtype: DataType): number => (isFloat(dtype) ? unitRoundoff(dtype) : 0);

/** In sparse answers, summands may cancel in every element that is left: they are about this share of the dense answer. */
const cancellation = 1 / 16;
