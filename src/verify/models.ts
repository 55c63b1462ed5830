import { ReparamError } from '../errors.js';
import { type ModelSource, SessionPool } from '../runtime/index.js';
import { byteLength, elementCount } from '../tensor/index.js';
import { ModelComparison, ModelFailure } from './comparison.js';
import { lookInside } from './inside/look-inside.js';
import { type Correspondence, matchInterfaces } from './match.js';
import type { CompareOptions, VerifyOptions } from './options.js';
import type { ComparedReport, VerifyReport } from './report.js';
import { type OutputPair, withOutputs } from './select-outputs.js';
import { type Subject, toSubject } from './subject.js';

/** Small models stay open while they take turns; two large ones may not fit into memory together. */
const openBytes = 2 ** 28;

/** Weights of more bytes than this are not looked at one by one. */
const mostWeightBytes = 2 ** 30;

/** Nor are they when the outputs alone have more. */
const mostOutputBytes = 2 ** 28;

const outputBytes = ({ runs }: ComparedReport): number =>
  (runs[0]?.outputs ?? []).reduce((sum, { dtype, dims }) => {
    return sum + byteLength(dtype, elementCount(dims));
  }, 0);

/** Does something with a comparison that has been run. */
type Afterwards = (
  report: ComparedReport,
  comparison: ModelComparison,
  matched: Correspondence,
) => Promise<ComparedReport>;

async function compare(
  first: Subject,
  second: Subject,
  options: CompareOptions,
  afterwards: Afterwards,
): Promise<VerifyReport> {
  const matching = matchInterfaces(first, second);
  if (!matching.ok) return { status: 'incomparable', reason: matching.refusal.reason };
  const matched = matching.value;
  const pool = new SessionPool({ budget: openBytes });
  try {
    const comparison = new ModelComparison(first, second, matched, options, pool);
    const report = await comparison.run();
    await pool.release();
    return await afterwards(report, comparison, matched);
  } catch (error) {
    if (!(error instanceof ModelFailure)) throw error;
    return { status: 'unrunnable', model: error.model, reason: error.reason };
  } finally {
    await pool.release();
  }
}

/**
 * Runs two models on the same inputs and compares every output, floating-point ones against a bound derived from the
 * models' arithmetic.
 * @throws ReparamError when a model cannot be read, a device is missing, or a shape in `options` contradicts the model.
 */
export async function compareModels(
  a: ModelSource | Subject,
  b: ModelSource | Subject,
  options: CompareOptions = {},
): Promise<VerifyReport> {
  const [first, second] = [await toSubject(a), await toSubject(b)];
  return compare(first, second, options, async (report) => report);
}

/**
 * Compares two models as {@link compareModels} does, and looks inside: values are matched, and every part between them
 * is run alone. Models that differ inside are different even where their outputs are too coarse to show it.
 */
export async function verifyModels(
  sourceA: ModelSource,
  sourceB: ModelSource,
  options: VerifyOptions = {},
): Promise<VerifyReport> {
  const { tolerance, outputs } = options;
  const { inside = tolerance ? 'never' : 'when equal' } = options;
  const [a, b] = outputs ? await selectOutputs(sourceA, sourceB, outputs) : [sourceA, sourceB];
  const [first, second] = [await toSubject(a), await toSubject(b)];
  return compare(first, second, options, async (report, comparison, matched) => {
    const wanted = inside === 'always' || (inside === 'when equal' && report.status === 'equal');
    if (!wanted) return report;
    const weightBytes = first.weightBytes + second.weightBytes;
    if (weightBytes > mostWeightBytes || outputBytes(report) > mostOutputBytes) {
      const note = 'the values inside were not compared: they are too large';
      return { ...report, notes: [...report.notes, note] };
    }
    options.onInside?.();
    return withInside(a, b, report, comparison, matched, options);
  });
}

const nameOf = (source: ModelSource, otherwise: string): string =>
  'path' in source ? source.path : otherwise;

/** Both models with the outputs that are to be compared, in the same order. */
async function selectOutputs(
  a: ModelSource,
  b: ModelSource,
  outputs: readonly OutputPair[],
): Promise<[Uint8Array, Uint8Array]> {
  const [namesA, namesB] = [outputs.map((pair) => pair.a), outputs.map((pair) => pair.b)];
  return [
    await withOutputs(a, namesA, nameOf(a, 'the first model')),
    await withOutputs(b, namesB, nameOf(b, 'the second model')),
  ];
}

async function withInside(
  a: ModelSource,
  b: ModelSource,
  report: ComparedReport,
  comparison: ModelComparison,
  correspondence: Correspondence,
  { reference = { optimization: 'disabled' }, deployments = [{}], tolerance }: VerifyOptions,
): Promise<ComparedReport> {
  const { telling } = comparison;
  if (!telling) return report;
  const { run, feed } = telling;
  // Where nothing differs, equal nodes of both models give equal bits if they run the same way.
  const deployment =
    report.status === 'equal'
      ? reference
      : (deployments.find(({ device = 'cpu' }) => device === run.device) ?? {});
  try {
    const inside = await lookInside(a, b, {
      inputs: feed.tensors(),
      correspondence,
      reference,
      deployment,
      unitRoundoff: comparison.unitRoundoff(run.device),
      seed: report.seed,
    });
    const hidden = report.status === 'equal' && !tolerance && inside.divergences.length > 0;
    const nowhere = report.status === 'different' && inside.divergences.length === 0;
    const notes = [
      ...(hidden
        ? ['the outputs are within their bounds, but values inside the models differ']
        : []),
      ...(nowhere
        ? ['no part differs by itself: what differs adds up, or could not be matched']
        : []),
    ];
    return {
      ...report,
      status: hidden ? 'different' : report.status,
      inside,
      notes: [...report.notes, ...notes],
    };
  } catch (error) {
    if (!(error instanceof ReparamError) || error.code !== 'input') throw error;
    const note = `the values inside were not compared: ${error.message}`;
    return { ...report, notes: [...report.notes, note] };
  }
}
