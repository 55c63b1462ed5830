import { ReparamError } from '../src/errors.js';
import { saveModel } from '../src/onnx/index.js';
import { type Backend, openBackend } from '../src/tfjs/engine/backend.js';
import {
  compareWithTfjs,
  type ImageLayout,
  type ImportComparison,
  type ImportedModel,
  importTfjs,
  type TfjsFormat,
} from '../src/tfjs/import/index.js';
import { toleranceUsed } from '../src/verify/report.js';
import { refuseOverwriting } from './files/outputs.js';
import { writeStaged } from './files/staging.js';
import { type ModelSummary, summarize } from './model-summary.js';

export interface ImportFileOptions {
  readonly inputLayout: ImageLayout;
  /** Whether the written file is held against TensorFlow.js's own predictions. */
  readonly verify: boolean;
  readonly seed: number;
}

/** What became of one model, as plain data. */
export interface ImportOutcome {
  /** Path of model.json. */
  readonly input: string;
  readonly output: string;
  readonly format: TfjsFormat;
  readonly inputLayout: ImageLayout;
  readonly model: ModelSummary;
  /** Null where the file was not verified. */
  readonly verification: ImportComparison | null;
  /** Why it was not verified, as one sentence; null where it was. */
  readonly notVerified: string | null;
}

/** TensorFlow.js where it is installed, else why it is not there. */
async function findBackend(): Promise<Backend | string> {
  try {
    return await openBackend();
  } catch (error) {
    if (!(error instanceof ReparamError && error.code === 'environment')) throw error;
    return error.hint ? `${error.message}; ${error.hint}` : error.message;
  }
}

/** @throws ReparamError ('check') unless every output is within its bound. */
function expectEqual({ equal, runs }: ImportComparison): void {
  if (equal) return;
  const outputs = runs.flatMap((run) => run.outputs);
  const [worst] = outputs.toSorted((a, b) => toleranceUsed(b) - toleranceUsed(a));
  const relative = worst?.error?.maxRelative.toExponential(1);
  const why =
    worst?.obstacle ?? `output '${worst?.name}' is off by ${relative} of its largest value`;
  throw new ReparamError('check', `the imported model differs from TensorFlow.js: ${why}`, {
    hint: 'nothing was written; please report the model',
  });
}

async function verify(
  imported: ImportedModel,
  path: string,
  options: ImportFileOptions,
): Promise<Pick<ImportOutcome, 'verification' | 'notVerified'>> {
  if (!options.verify) return { verification: null, notVerified: '--no-verify was given' };
  const backend = await findBackend();
  if (typeof backend === 'string') return { verification: null, notVerified: backend };
  const verification = await compareWithTfjs(imported, path, backend, options.seed);
  expectEqual(verification);
  return { verification, notVerified: null };
}

/** Imports a TensorFlow.js model, and writes it only when it computes what TensorFlow.js does, where that is there to tell. */
export async function importFile(
  input: string,
  output: string,
  options: ImportFileOptions,
): Promise<ImportOutcome> {
  const { inputLayout } = options;
  const imported = await importTfjs(input, { inputLayout });
  const { path, weights, format } = imported.file;
  await refuseOverwriting([path, ...weights.files], [output]);
  return writeStaged([output], async ([staged = '']) => {
    await saveModel(imported.model, staged);
    const verified = await verify(imported, staged, options);
    const model = summarize(imported.model);
    return { input: path, output, format, inputLayout, model, ...verified };
  });
}
