import { internalError } from '../../errors.js';
import { exposeValues, type Model, type Value } from '../../ir/index.js';
import { encodeModel } from '../../onnx/index.js';
import {
  freeUnusedBuffers,
  openSession,
  type Session,
  type SessionOptions,
} from '../../runtime/index.js';
import type { Tensor } from '../../tensor/index.js';
import { maxMagnitude } from '../compare/compare.js';
import { compareWithin } from '../compare/judge.js';
import { amplifications } from '../compare/reference.js';
import { perturbInputs } from '../inputs/inputs.js';
import type { CutPair } from './cut-pair.js';
import { incomparable, toError } from './errors.js';
import type { ValuePair } from './match-values.js';
import type { ValueError } from './report.js';

type Named = ReadonlyMap<string, Tensor>;

export interface WholeRuns {
  readonly a: Model;
  readonly b: Model;
  readonly cut: CutPair;
  readonly inputsA: Named;
  readonly inputsB: Named;
  readonly reference: SessionOptions;
  readonly deployment: SessionOptions;
  readonly unitRoundoff: number;
  readonly seed: number;
}

/** Opens a model that also returns what it computes for some of its values. */
async function openExposing(
  model: Model,
  values: readonly Value[],
  options: SessionOptions,
): Promise<Session> {
  const undo = exposeValues(model.graph, values);
  try {
    return await openSession(encodeModel(model), { ...options, arena: false });
  } finally {
    undo();
  }
}

/** Runs a model on each of the inputs, and returns all that it computes for `values` with its outputs and inputs. */
export async function runExposing(
  model: Model,
  values: readonly Value[],
  inputs: readonly Named[],
  options: SessionOptions,
): Promise<Named[]> {
  const session = await openExposing(model, values, options);
  try {
    const results: Named[] = [];
    for (const feeds of inputs) results.push(new Map([...feeds, ...(await session.run(feeds))]));
    return results;
  } finally {
    await session.release();
  }
}

export interface WholeComparison {
  /** What the first model computed for those of its values that something is computed from. */
  readonly activations: ReadonlyMap<Value, Tensor>;
  readonly errors: ReadonlyMap<ValuePair, ValueError>;
  /** Number of the elements of all pairs. */
  readonly elements: number;
}

async function runFirst({ a, cut, inputsA, reference, unitRoundoff, seed }: WholeRuns) {
  const step = Math.sqrt(unitRoundoff);
  const values = cut.pairs.map((pair) => pair.a);
  const feeds = [inputsA, perturbInputs(inputsA, step, seed)];
  const [expected, changed] = await runExposing(a, values, feeds, reference);
  if (!expected || !changed) throw internalError('a model gave no answer');
  return { expected, amplification: amplifications(expected, changed, step) };
}

/**
 * Runs both models as they are and compares all values that were matched; the bound of each takes in the roundings of
 * everything before it.
 * @returns what the models computed, and the errors of those pairs that both computed.
 */
export async function compareWhole(setup: WholeRuns): Promise<WholeComparison> {
  const { b, cut, inputsB, unitRoundoff } = setup;
  const { expected, amplification } = await runFirst(setup);
  freeUnusedBuffers();
  const valuesB = cut.pairs.map((pair) => pair.b);
  const [actual] = await runExposing(b, valuesB, [inputsB], setup.deployment);
  if (!actual) throw internalError('a model gave no answer');
  const activations = new Map<Value, Tensor>();
  const errors = new Map<ValuePair, ValueError>();
  let roundings = 0;
  let elements = 0;
  for (const pair of cut.pairs) {
    const x = expected.get(pair.a.name);
    const y = actual.get(pair.b.name);
    if (pair.a.producer) roundings += cut.roundings(pair);
    if (!x || !y) continue;
    elements += x.size;
    if (pair.a.users.size + pair.b.users.size > 0) activations.set(pair.a, x);
    const comparison = compareWithin(x, y, {
      unitRoundoff,
      roundings: Math.max(1, roundings),
      amplification: amplification.get(pair.a.name) ?? 1,
      magnitude: maxMagnitude(x),
      underflow: Number.MIN_VALUE,
    });
    errors.set(pair, comparison ? toError(comparison) : incomparable);
  }
  return { activations, errors, elements };
}
