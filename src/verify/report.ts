import type { DataType } from '../tensor/index.js';
import type { RoundingBound } from './bound.js';
import type { Comparison, Tolerance } from './compare.js';
import type { InputKind } from './inputs.js';

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

export interface RunReport {
  readonly kind: InputKind;
  readonly seed: number;
  readonly outputs: readonly OutputReport[];
}

export interface ComparedReport {
  readonly status: 'equal' | 'different';
  readonly seed: number;
  readonly inputs: readonly {
    readonly name: string;
    readonly dtype: DataType;
    readonly dims: readonly number[];
  }[];
  readonly runs: readonly RunReport[];
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

/** The run in which each output came out worst, by output name. */
export function worstRuns(
  report: ComparedReport,
): Map<string, { readonly run: RunReport; readonly output: OutputReport }> {
  const worst = new Map<string, { run: RunReport; output: OutputReport }>();
  for (const run of report.runs) {
    for (const output of run.outputs) {
      const seen = worst.get(output.name);
      if (seen === undefined || toleranceUsed(output) > toleranceUsed(seen.output)) {
        worst.set(output.name, { run, output });
      }
    }
  }
  return worst;
}
