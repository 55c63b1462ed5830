import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ReparamError } from '../src/errors.js';
import { applyMerge, type MergePlan, type Objective, planMerge } from '../src/merge/index.js';
import { filesReadBy, loadModel, saveModel } from '../src/onnx/index.js';
import {
  compareModels,
  describeSubject,
  type InputKind,
  inputKinds,
  type Subject,
  type VerifyReport,
} from '../src/verify/index.js';
import { certificateFor } from './certificate.js';
import { refuseOverwriting } from './files/outputs.js';
import { writeStaged } from './files/staging.js';
import { type ModelSummary, summarize } from './model-summary.js';
import {
  describeNearMiss,
  describePlan,
  type NearMissSummary,
  type PlanSummary,
} from './plan-description.js';

export interface MergeFileOptions {
  readonly objective: Objective;
  /** Ids or output names of regions. */
  readonly only: readonly string[];
  readonly skip: readonly string[];
  readonly externalData: boolean;
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
  /** The comparison of the written file with the input; null when nothing was merged. */
  readonly verification: VerifyReport | null;
}

/** Above this many multiply-accumulates a run, the kinds of inputs that show most must do. */
const heavyMacs = 5e8;
const tellingKinds: readonly InputKind[] = ['normal', 'impulses', 'borders'];

async function verify(a: Subject, b: Subject, macs: number, options: MergeFileOptions) {
  const report = await compareModels(a, b, {
    kinds: macs > heavyMacs ? tellingKinds : inputKinds,
    onProgress: (done, total) => options.onProgress('verify', done, total),
  });
  if (report.status === 'equal') return report;
  const why = 'reason' in report ? report.reason : 'their outputs differ';
  throw new ReparamError(
    'check',
    `the merged model could not be verified against the input: ${why}`,
    {
      hint: 'nothing was written; --dry-run and --skip find the region, please report the model',
    },
  );
}

type Written = Pick<MergeOutcome, 'after' | 'merged' | 'refused' | 'verification'>;

async function write(
  input: string,
  output: string,
  plan: MergePlan,
  before: ModelSummary,
  options: MergeFileOptions,
): Promise<Written> {
  // Described first, because merging changes the model in place.
  const original = describeSubject(plan.model, { path: input });
  const originalFiles = [input, ...filesReadBy(plan.model)];
  const { model, regions, refused } = await applyMerge(plan, {
    onRegion: (done, total) => options.onProgress('merge', done, total),
  });
  const paths = options.certificate === null ? [output] : [output, options.certificate];
  if (options.createFolder) await mkdir(dirname(output), { recursive: true });
  return writeStaged(paths, async ([stagedModel = '', stagedCertificate]) => {
    const saved = await saveModel(
      model,
      stagedModel,
      options.externalData ? { externalData: true } : {},
    );
    const data = saved.externalBytes > 0 ? [`${stagedModel}.data`] : [];
    if (data.length > 0) await refuseOverwriting(originalFiles, [`${output}.data`]);
    const written = describeSubject(model, { path: stagedModel });
    const verification =
      regions.length === 0 ? null : await verify(original, written, before.macs, options);
    if (stagedCertificate !== undefined) {
      const certificate = await certificateFor(originalFiles, [stagedModel, ...data], regions);
      await writeFile(stagedCertificate, `${JSON.stringify(certificate, null, 2)}\n`);
    }
    return {
      after: summarize(model),
      merged: regions.map(({ id }) => id),
      refused: refused.map(describeNearMiss),
      verification,
    };
  });
}

/** Merges one file; `output` null only plans. */
export async function mergeFile(
  input: string,
  output: string | null,
  options: MergeFileOptions,
): Promise<MergeOutcome> {
  const model = await loadModel(input);
  const before = summarize(model);
  const { objective, only, skip } = options;
  const plan = await planMerge(model, { objective, only, skip });
  const description = describePlan(plan);
  const nothing: Written = { after: null, merged: [], refused: [], verification: null };
  const result = output === null ? nothing : await write(input, output, plan, before, options);
  return { input, output, before, ...result, ...description };
}
