import { ReparamError } from '../src/errors.js';
import {
  compareModels,
  type InputKind,
  inputKinds,
  type Subject,
  type VerifyReport,
} from '../src/verify/index.js';

/** Above this many multiply-accumulates a run, fewer kinds of inputs are tried. */
const largeMacs = 5e8;

function kindsFor(macs: number): readonly InputKind[] {
  if (macs > 1e10) return ['normal'];
  return macs > largeMacs ? ['normal', 'borders'] : inputKinds;
}

export interface WrittenModel {
  readonly original: Subject;
  readonly written: Subject;
  /** Multiply-accumulates that a run of the original takes. */
  readonly macs: number;
  /** What was done: `merged`. */
  readonly done: string;
  /** What may be done about it where the models cannot be run, and where they differ. */
  readonly hints: { readonly unrunnable: string; readonly different: string };
  readonly onProgress: (done: number, total: number) => void;
}

/**
 * Runs a file that this tool has written against the one that it was made of.
 * @throws ReparamError ('check') unless they are equal.
 */
export async function verifyWritten(model: WrittenModel): Promise<VerifyReport> {
  const { original, written, macs, done, hints, onProgress } = model;
  const report = await compareModels(original, written, {
    kinds: kindsFor(macs),
    sizes: macs <= largeMacs,
    // Node by node, as the file says: the optimizer would compute on weights and hold them more than once.
    deployments: [{ optimization: 'disabled' }],
    onProgress,
  });
  if (report.status === 'equal') return report;
  const why = 'reason' in report ? report.reason : 'their outputs differ';
  const hint = report.status === 'unrunnable' ? hints.unrunnable : hints.different;
  throw new ReparamError(
    'check',
    `the ${done} model could not be verified against the input: ${why}`,
    { hint: `nothing was written; ${hint}` },
  );
}
