import { writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ReparamError } from '../src/errors.js';
import type { Model } from '../src/ir/index.js';
import {
  applyMerge,
  type CertifiedRegion,
  type MergePlan,
  type Objective,
  planMerge,
} from '../src/merge/index.js';
import { filesReadBy, loadModel, saveModel } from '../src/onnx/index.js';
import { makeFolder } from '../src/train/files.js';
import {
  createCertificate,
  describeSubject,
  type Subject,
  type VerifyReport,
} from '../src/verify/index.js';
import { refuseOverwriting } from './files/outputs.js';
import { writeStaged } from './files/staging.js';
import { type ModelSummary, summarize } from './model-summary.js';
import {
  describeNearMiss,
  describePlan,
  type NearMissSummary,
  type PlanSummary,
} from './plan-description.js';
import { verifyWritten } from './verify-written.js';
import { version } from './version.js';

export interface MergeFileOptions {
  readonly objective: Objective;
  /** Ids or output names of regions. */
  readonly only: readonly string[];
  readonly skip: readonly string[];
  readonly externalData: boolean;
  /** Whether the written file is run against the input; if not, the probes of the regions must do. */
  readonly verify: boolean;
  /** Whether it is a failure when nothing can be merged. */
  readonly strict: boolean;
  /** Whether the folder of the output is still to be made. */
  readonly createFolder: boolean;
  /** Where the certificate goes, null for none. */
  readonly certificate: string | null;
  readonly onProgress: (stage: 'merge' | 'verify', done: number, total: number) => void;
}

/** What became of one file, as plain data. */
export interface MergeOutcome extends PlanSummary {
  readonly input: string;
  /** Null when only the plan was asked for. */
  readonly output: string | null;
  readonly before: ModelSummary;
  readonly after: ModelSummary | null;
  /** Ids of the regions that were merged. */
  readonly merged: readonly string[];
  /** Planned regions that their weights or the probe ruled out. */
  readonly refused: readonly NearMissSummary[];
  /** The comparison of the written file with the input; null when nothing was merged, or nobody asked for it. */
  readonly verification: VerifyReport | null;
}

/** What is left of a merge once the weights are on the disk: small, because verifying needs the memory. */
interface Saved extends PlanSummary {
  readonly before: ModelSummary;
  readonly after: ModelSummary;
  readonly certified: readonly CertifiedRegion[];
  readonly refused: readonly NearMissSummary[];
  readonly original: Subject;
  readonly written: Subject;
  /** The model file and those of its external data. */
  readonly originalFiles: readonly string[];
  readonly writtenFiles: readonly string[];
}

const plan = (model: Model, { objective, only, skip }: MergeFileOptions): Promise<MergePlan> =>
  planMerge(model, { objective, only, skip });

async function save(input: string, output: string, options: MergeFileOptions): Promise<Saved> {
  const model = await loadModel(input);
  // Described first, because merging changes the model in place.
  const before = summarize(model);
  const original = describeSubject(model, { path: input });
  const originalFiles = [input, ...filesReadBy(model)];
  const merging = await plan(model, options);
  const description = describePlan(merging);
  const { regions, refused } = await applyMerge(merging, {
    onRegion: (done, total) => options.onProgress('merge', done, total),
  });
  const { externalBytes } = await saveModel(
    model,
    output,
    options.externalData ? { externalData: true } : {},
  );
  return {
    ...description,
    before,
    after: summarize(model),
    certified: regions,
    refused: refused.map(describeNearMiss),
    original,
    written: describeSubject(model, { path: output }),
    originalFiles,
    writtenFiles: externalBytes > 0 ? [output, `${output}.data`] : [output],
  };
}

const hints = {
  unrunnable: '--no-verify relies on the probes of the merged regions alone',
  different: '--skip finds the region, please report the model',
};

const verify = ({ original, written, before }: Saved, { onProgress }: MergeFileOptions) =>
  verifyWritten({
    ...{ original, written, hints, macs: before.macs, done: 'merged' },
    onProgress: (done, total) => onProgress('verify', done, total),
  });

/** Shows what merging a file would do. */
export async function planFile(input: string, options: MergeFileOptions): Promise<MergeOutcome> {
  const model = await loadModel(input);
  const before = summarize(model);
  const description = describePlan(await plan(model, options));
  const nothing = { output: null, after: null, merged: [], refused: [], verification: null };
  return { input, before, ...nothing, ...description };
}

/** Merges a file, and writes the result only when it is verified. */
export async function mergeFile(
  input: string,
  output: string,
  options: MergeFileOptions,
): Promise<MergeOutcome> {
  const paths = options.certificate === null ? [output] : [output, options.certificate];
  if (options.createFolder) makeFolder(dirname(output));
  return writeStaged(paths, async ([stagedModel = '', stagedCertificate]) => {
    const saved = await save(input, stagedModel, options);
    const { before, after, certified, refused, regions, nearMisses } = saved;
    const { originalFiles, writtenFiles } = saved;
    const companions = writtenFiles.slice(1).map(() => `${output}.data`);
    await refuseOverwriting(originalFiles, companions);
    if (options.strict && certified.length === 0) {
      throw new ReparamError('check', `nothing in ${input} can be merged`, {
        hint: 'nothing was written; reparam inspect tells why',
      });
    }
    const runs = options.verify && certified.length > 0;
    const verification = runs ? await verify(saved, options) : null;
    if (stagedCertificate !== undefined) {
      const certificate = await createCertificate({
        version,
        original: originalFiles,
        merged: writtenFiles,
        regions: certified,
      });
      await writeFile(stagedCertificate, `${JSON.stringify(certificate, null, 2)}\n`);
    }
    const merged = certified.map(({ id }) => id);
    return { input, output, before, after, regions, nearMisses, merged, refused, verification };
  });
}
