import { type BranchType, type ExpandMode, expand } from '../src/branches/index.js';
import { ReparamError } from '../src/errors.js';
import { filesReadBy, loadModel, saveModel } from '../src/onnx/index.js';
import { describeSubject, type Subject, type VerifyReport } from '../src/verify/index.js';
import { refuseOverwriting } from './files/outputs.js';
import { writeStaged } from './files/staging.js';
import { type ModelSummary, summarize } from './model-summary.js';
import { verifyWritten } from './verify-written.js';

export interface ExpandFileOptions {
  readonly block: BranchType;
  /** Patterns of layers. */
  readonly only: readonly string[];
  readonly skip: readonly string[];
  readonly mode: ExpandMode;
  readonly seed: number;
  /** Whether the written file is run against the input where it shall compute the same. */
  readonly verify: boolean;
  readonly onProgress: (stage: 'verify', done: number, total: number) => void;
}

/** What became of one file, as plain data. */
export interface ExpandOutcome {
  readonly input: string;
  readonly output: string;
  readonly block: string;
  readonly mode: ExpandMode;
  readonly seed: number;
  readonly before: ModelSummary;
  readonly after: ModelSummary;
  readonly expanded: readonly { readonly node: string; readonly branches: number }[];
  readonly skipped: readonly { readonly node: string; readonly reason: string }[];
  /** The comparison of the written file with the input; null for fresh blocks, or when nobody asked for it. */
  readonly verification: VerifyReport | null;
}

const hints = {
  unrunnable: '--no-verify writes it all the same',
  different: '--skip finds the layer, please report the model',
};

const verify = (
  original: Subject,
  written: Subject,
  macs: number,
  { onProgress }: ExpandFileOptions,
): Promise<VerifyReport> =>
  verifyWritten({
    ...{ original, written, hints, macs, done: 'expanded' },
    onProgress: (done, total) => onProgress('verify', done, total),
  });

/** Expands a file, and writes the result only when it is verified to compute the same, or need not. */
export async function expandFile(
  input: string,
  output: string,
  options: ExpandFileOptions,
): Promise<ExpandOutcome> {
  const { block, only, skip, mode, seed } = options;
  return writeStaged([output], async ([staged = '']) => {
    const source = await loadModel(input);
    const before = summarize(source);
    const original = describeSubject(source, { path: input });
    const { model, expanded, skipped } = expand(source, { block, only, skip, mode, seed });
    if (expanded.length === 0) {
      const [first] = skipped;
      throw new ReparamError('check', `nothing in ${input} can be expanded by '${block.name}'`, {
        hint: first ? `${first.node}: ${first.reason}` : `it has no ${block.operator}`,
      });
    }
    const { externalBytes } = await saveModel(model, staged);
    const companions = externalBytes > 0 ? [`${output}.data`] : [];
    await refuseOverwriting([input, ...filesReadBy(source)], companions);
    const written = describeSubject(model, { path: staged });
    const checks = mode === 'keep' && options.verify;
    const verification = checks ? await verify(original, written, before.macs, options) : null;
    const after = summarize(model);
    return {
      input,
      output,
      block: block.name,
      mode,
      seed,
      before,
      after,
      expanded,
      skipped,
      verification,
    };
  });
}
