import type { Device, Placement } from '../runtime/index.js';
import type { DataType } from '../tensor/index.js';
import type { AgreementReport } from './agreement-report.js';
import type { RoundingBound } from './compare/bound.js';
import type { Comparison, Tolerance } from './compare/compare.js';
import type { InputKind } from './inputs/inputs.js';
import type { InsideReport } from './inside/report.js';

/** One output of one run. */
export interface OutputReport {
  /** The output's name in the first model. */
  readonly name: string;
  readonly equal: boolean;
  readonly dtype: DataType;
  readonly dims: readonly number[];
  /** Why the outputs cannot be compared element by element, null when they can. */
  readonly obstacle: string | null;
  readonly error: Comparison | null;
  readonly tolerance: Tolerance | null;
  /** How the tolerance was derived; null when the caller gave it or the type is compared exactly. */
  readonly bound: RoundingBound | null;
}

/** What a run was fed with: seeded numbers of a kind, or what the user gave. */
export interface RunInputs {
  readonly kind: InputKind | 'given';
  /** Makes the same inputs again; null for given ones. */
  readonly seed: number | null;
  /** Where given inputs come from: a file, or one of the samples in it. */
  readonly source: string | null;
  readonly dims: Readonly<Record<string, readonly number[]>>;
}

export interface RunReport extends RunInputs {
  /** Where the second model ran. */
  readonly device: Device;
  readonly outputs: readonly OutputReport[];
}

/** How onnxruntime ran a model. */
export interface Deployment {
  readonly device: Device;
  readonly optimization: 'disabled' | 'all';
  /** Where the nodes ran; null where nothing else than the CPU was asked for. */
  readonly placement: Placement | null;
}

export interface ComparedReport {
  readonly status: 'equal' | 'different';
  readonly seed: number;
  readonly inputs: readonly {
    readonly name: string;
    readonly dtype: DataType;
    readonly dims: readonly number[];
  }[];
  /** How the first model ran. */
  readonly reference: Deployment;
  /** How the second model ran, one for each device. */
  readonly deployments: readonly Deployment[];
  /** All seeded ones; of many given ones those that show the most. */
  readonly runs: readonly RunReport[];
  /** Over all given inputs, one for each device; empty where none were given. */
  readonly agreement: readonly AgreementReport[];
  /** Values inside the models; null where they were not looked at. */
  readonly inside: InsideReport | null;
  /** Things that weaken the verdict, as sentences. */
  readonly notes: readonly string[];
}

/** The models' inputs or outputs do not correspond, so that no run could compare them. */
export interface IncomparableReport {
  readonly status: 'incomparable';
  readonly reason: string;
}

/** onnxruntime cannot run one of the two, which says nothing about their equality. */
export interface UnrunnableReport {
  readonly status: 'unrunnable';
  readonly model: 'a' | 'b';
  readonly reason: string;
}

/** The outcome of a comparison, as plain data. */
export type VerifyReport = ComparedReport | IncomparableReport | UnrunnableReport;

/** How much of its tolerance an output used; beyond 1 it differs. */
export function toleranceUsed({ equal, error }: OutputReport): number {
  if (error === null) return equal ? 0 : Number.MAX_VALUE;
  const used = error.toleranceUsed ?? 0;
  return equal ? used : Math.max(used, 1) + error.mismatches;
}

/** The run on a device in which an output came out worst. */
export interface WorstRun {
  readonly run: RunReport;
  readonly output: OutputReport;
}

/** The worst run of every output on every device, in the order of the report. */
export const worstRuns = ({ runs }: ComparedReport): WorstRun[] => worstOf(runs);

export function worstOf(runs: readonly RunReport[]): WorstRun[] {
  const worst = new Map<string, WorstRun>();
  for (const run of runs) {
    for (const output of run.outputs) {
      const key = JSON.stringify([run.device, output.name]);
      const seen = worst.get(key);
      if (seen === undefined || toleranceUsed(output) > toleranceUsed(seen.output)) {
        worst.set(key, { run, output });
      }
    }
  }
  return [...worst.values()];
}
