import {
  freeUnusedBuffers,
  type ModelSource,
  openSession,
  type Session,
  type SessionOptions,
  UnrunnableError,
} from '../runtime/index.js';
import { isFloat, type Tensor } from '../tensor/index.js';
import { maxMagnitude, type Tolerance } from './compare/compare.js';
import { judgeOutput, type Standard } from './compare/judge.js';
import {
  type AcceptedInputs,
  findInputs,
  type ReferenceRun,
  runReference,
} from './compare/reference.js';
import { generateInputs, type InputKind, inputKinds } from './inputs/inputs.js';
import type { ShapeOverrides } from './inputs/shapes.js';
import { type Correspondence, matchInterfaces } from './match.js';
import type { RunReport, UnrunnableReport, VerifyReport } from './report.js';
import { type Subject, toSubject } from './subject.js';

export interface CompareOptions {
  /** Seed of the first round of runs, 0 by default; every further round takes the next. */
  readonly seed?: number;
  /** How often each kind of input is drawn; 1 by default. */
  readonly runs?: number;
  /** All kinds by default. */
  readonly kinds?: readonly InputKind[];
  /** Shapes for inputs with open lengths; found by trying where they are not given. */
  readonly shapes?: ShapeOverrides;
  /** Replaces the derived bound of floating-point outputs. */
  readonly tolerance?: Partial<Tolerance>;
  /** How onnxruntime runs the models, `all` optimizations by default. */
  readonly session?: SessionOptions;
  readonly onProgress?: (done: number, total: number) => void;
}

interface PlannedRun {
  readonly kind: InputKind;
  readonly seed: number;
}

interface Reference {
  readonly accepted: AcceptedInputs;
  readonly runs: readonly ReferenceRun[];
}

/**
 * Uses one model at a time, because two large ones may not fit into memory together.
 * @returns a report instead of throwing when onnxruntime cannot run the model.
 */
async function withSession<T>(
  model: 'a' | 'b',
  { source }: Subject,
  options: CompareOptions,
  use: (session: Session) => Promise<T>,
): Promise<{ readonly value: T } | UnrunnableReport> {
  freeUnusedBuffers();
  try {
    const session = await openSession(source, options.session);
    try {
      return { value: await use(session) };
    } finally {
      await session.release();
    }
  } catch (error) {
    if (!(error instanceof UnrunnableError)) throw error;
    return { status: 'unrunnable', model, reason: error.message };
  }
}

function renamed(
  tensors: ReadonlyMap<string, Tensor>,
  names: ReadonlyMap<string, string>,
): Map<string, Tensor> {
  return new Map([...tensors].map(([name, tensor]) => [names.get(name) ?? name, tensor]));
}

/** What underflow may add to an output: its answer to inputs of the smallest normal number. */
function underflows(first: ReferenceRun | undefined, smallestNormal: number): Map<string, number> {
  const outputs = [...(first?.outputs ?? [])].filter(([, tensor]) => isFloat(tensor.dtype));
  return new Map(
    outputs.map(([name, tensor]) => [name, smallestNormal * Math.max(1, maxMagnitude(tensor))]),
  );
}

async function judgeRun(
  session: Session,
  run: ReferenceRun,
  accepted: AcceptedInputs,
  { inputNames, outputNames }: Correspondence,
  standard: Standard,
): Promise<RunReport> {
  const { kind, seed } = run;
  const { specs, integerLimit } = accepted;
  const inputs = generateInputs(specs, { integerLimit, kind, seed });
  const actual = await session.run(renamed(inputs, inputNames));
  const outputs = [...run.outputs].map(([name, expected]) => {
    const twin = actual.get(outputNames.get(name) ?? name) as Tensor;
    return judgeOutput(name, expected, twin, run, standard);
  });
  return { kind, seed, outputs };
}

/** Outputs that cannot tell two models apart, because the first model gives the same trivial answer in every run. */
function blindOutputs(runs: readonly RunReport[]): string[] {
  const names = runs[0]?.outputs.map(({ name }) => name) ?? [];
  return names.flatMap((name) => {
    const errors = runs.flatMap(({ outputs }) => outputs.find((o) => o.name === name)?.error ?? []);
    if (errors.length === 0) return [];
    if (errors.every((error) => error.elements === 0)) return [`output '${name}' is always empty`];
    if (errors.every((error) => error.nonFinite === error.elements)) {
      return [`output '${name}' is never finite, so that it shows no difference`];
    }
    if (errors.every((error) => error.magnitude === 0)) {
      return [`output '${name}' is always zero, so that it shows no difference`];
    }
    return [];
  });
}

type Step = () => void;

async function runFirst(
  session: Session,
  subject: Subject,
  { inputs }: Correspondence,
  plan: readonly PlannedRun[],
  { seed = 0, shapes = new Map() }: CompareOptions,
  step: Step,
): Promise<Reference> {
  const accepted = await findInputs(session, inputs, shapes, seed);
  const runs: ReferenceRun[] = [];
  for (const { kind, seed } of plan) {
    runs.push(await runReference(session, accepted, kind, seed, subject.arithmetic.unitRoundoff));
    step();
  }
  return { accepted, runs };
}

async function judgeSecond(
  session: Session,
  { accepted, runs }: Reference,
  matched: Correspondence,
  standard: Standard,
  step: Step,
): Promise<RunReport[]> {
  const reports: RunReport[] = [];
  for (const run of runs) {
    reports.push(await judgeRun(session, run, accepted, matched, standard));
    step();
  }
  return reports;
}

/**
 * Runs two models on the same seeded inputs and compares every output, floating-point ones against a bound derived
 * from the models' arithmetic.
 * @throws ReparamError when a model cannot be read or a shape in `options` contradicts it.
 */
export async function compareModels(
  a: ModelSource | Subject,
  b: ModelSource | Subject,
  options: CompareOptions = {},
): Promise<VerifyReport> {
  const { seed = 0, runs = 1, kinds = inputKinds, onProgress } = options;
  const first = await toSubject(a);
  const second = await toSubject(b);
  const matching = matchInterfaces(first, second);
  if (!matching.ok) return { status: 'incomparable', reason: matching.refusal.reason };
  const matched = matching.value;
  const rounds = Array.from({ length: runs }, (_, i) => seed + i);
  const plan = rounds.flatMap((round) => kinds.map((kind) => ({ kind, seed: round })));
  let done = 0;
  const step = () => onProgress?.(++done, 2 * plan.length);

  const reference = await withSession('a', first, options, (session) =>
    runFirst(session, first, matched, plan, options, step),
  );
  if ('status' in reference) return reference;
  const standard: Standard = {
    roundings: first.roundings + second.roundings,
    underflow: underflows(reference.value.runs[0], first.arithmetic.smallestNormal),
    tolerance: options.tolerance,
  };
  const judged = await withSession('b', second, options, (session) =>
    judgeSecond(session, reference.value, matched, standard, step),
  );
  if ('status' in judged) return judged;

  const equal = judged.value.every((run) => run.outputs.every((output) => output.equal));
  return {
    status: equal ? 'equal' : 'different',
    seed,
    inputs: reference.value.accepted.specs.map(({ name, dtype, dims }) => ({ name, dtype, dims })),
    runs: judged.value,
    notes: [...matched.notes, ...blindOutputs(judged.value)],
  };
}
