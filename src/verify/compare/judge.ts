import { dataTypes, type Tensor } from '../../tensor/index.js';
import type { OutputReport } from '../report.js';
import { type RoundingBound, roundingBound } from './bound.js';
import {
  type Comparison,
  compareTensors,
  exact,
  maxMagnitude,
  obstacle,
  type Tolerance,
} from './compare.js';
import type { ReferenceRun } from './reference.js';

/** What the judgement of every output of a comparison shares. */
export interface Standard {
  /** Σ of the reduction lengths of both models. */
  readonly roundings: number;
  /** Unit roundoff of the device's arithmetic, where it is coarser than that of the models. */
  readonly deviceRoundoff: number;
  /** What an output's underflow adds to its bound, by output name. */
  readonly underflow: ReadonlyMap<string, number>;
  /** Takes the place of the derived bound. */
  readonly tolerance: Partial<Tolerance> | undefined;
}

function derivedBound(
  name: string,
  expected: Tensor,
  run: ReferenceRun,
  standard: Standard,
): RoundingBound {
  return roundingBound({
    unitRoundoff: Math.max(run.unitRoundoff, standard.deviceRoundoff),
    roundings: standard.roundings,
    amplification: run.amplification.get(name) ?? 1,
    magnitude: maxMagnitude(expected),
    underflow: standard.underflow.get(name) ?? 0,
  });
}

/** The report on an output that is not there to be compared. */
export function missingOutput(name: string, { dtype, dims }: Tensor, reason: string): OutputReport {
  const nothing = { error: null, tolerance: null, bound: null };
  return { name, dtype, dims, equal: false, obstacle: reason, ...nothing };
}

/** Compares one output of a run of the second model with that of the first. */
export function judgeOutput(
  name: string,
  expected: Tensor,
  actual: Tensor,
  run: ReferenceRun,
  standard: Standard,
): OutputReport {
  const refusal = obstacle(expected, actual);
  if (refusal !== null) return missingOutput(name, expected, refusal);
  const { dtype, dims } = expected;
  const shared = { name, dtype, dims, obstacle: null };
  if (dataTypes[dtype].kind !== 'float') {
    const error = compareTensors(expected, actual, exact);
    return { ...shared, equal: error.mismatches === 0, error, tolerance: null, bound: null };
  }
  const bound = standard.tolerance ? null : derivedBound(name, expected, run, standard);
  const tolerance = { ...exact, ...(standard.tolerance ?? { absolute: bound?.absolute ?? 0 }) };
  const error = compareTensors(expected, actual, tolerance);
  return { ...shared, equal: error.mismatches === 0, error, tolerance, bound };
}

/** Compares two tensors within a derived bound; null for such of other types or shapes. */
export function compareWithin(
  expected: Tensor,
  actual: Tensor,
  parts: Parameters<typeof roundingBound>[0],
): Comparison | null {
  if (obstacle(expected, actual) !== null) return null;
  const { absolute } = roundingBound(parts);
  return compareTensors(expected, actual, { ...exact, absolute });
}
