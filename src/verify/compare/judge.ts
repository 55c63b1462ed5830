import { dataTypes, isFloat, type Tensor } from '../../tensor/index.js';
import type { OutputReport } from '../report.js';
import { type RoundingBound, roundingBound } from './bound.js';
import { compareTensors, maxMagnitude, type Tolerance } from './compare.js';
import type { ReferenceRun } from './reference.js';

/** What the judgement of every output of a comparison shares. */
export interface Standard {
  /** Σ of the reduction lengths of both models. */
  readonly roundings: number;
  /** What an output's underflow adds to its bound, by output name. */
  readonly underflow: ReadonlyMap<string, number>;
  /** Takes the place of the derived bound. */
  readonly tolerance: Partial<Tolerance> | undefined;
}

/** Why two tensors cannot be compared element by element. */
function obstacle(expected: Tensor, actual: Tensor): string | null {
  const numeric = isFloat(expected.dtype) && isFloat(actual.dtype);
  if (expected.dtype !== actual.dtype && !numeric) {
    return `the type is ${expected.dtype} in one model and ${actual.dtype} in the other`;
  }
  const dims = expected.dims.join('x');
  const others = actual.dims.join('x');
  return dims === others ? null : `the shape is ${dims} in one model and ${others} in the other`;
}

function derivedBound(
  name: string,
  expected: Tensor,
  run: ReferenceRun,
  standard: Standard,
): RoundingBound {
  return roundingBound({
    unitRoundoff: run.unitRoundoff,
    roundings: standard.roundings,
    amplification: run.amplification.get(name) ?? 1,
    magnitude: maxMagnitude(expected),
    underflow: standard.underflow.get(name) ?? 0,
  });
}

const exact: Tolerance = { absolute: 0, relative: 0 };

/** Compares one output of a run of the second model with that of the first. */
export function judgeOutput(
  name: string,
  expected: Tensor,
  actual: Tensor,
  run: ReferenceRun,
  standard: Standard,
): OutputReport {
  const { dtype, dims } = expected;
  const refusal = obstacle(expected, actual);
  const shared = { name, dtype, dims, obstacle: refusal };
  if (refusal !== null)
    return { ...shared, equal: false, error: null, tolerance: null, bound: null };
  if (dataTypes[dtype].kind !== 'float') {
    const error = compareTensors(expected, actual, exact);
    return { ...shared, equal: error.mismatches === 0, error, tolerance: null, bound: null };
  }
  const bound = standard.tolerance ? null : derivedBound(name, expected, run, standard);
  const tolerance = { ...exact, ...(standard.tolerance ?? { absolute: bound?.absolute ?? 0 }) };
  const error = compareTensors(expected, actual, tolerance);
  return { ...shared, equal: error.mismatches === 0, error, tolerance, bound };
}
