import type { Tolerance } from '../../verify/compare/compare.js';
import type { OutputReport } from '../../verify/report.js';
import { formatError } from '../format.js';

/** What the absolute part leaves out. */
function terms({ absolute, relative, ulps = 0 }: Tolerance): string[] {
  return [
    ...(absolute === 0 ? [] : [formatError(absolute)]),
    ...(relative === 0 ? [] : [`${formatError(relative)}·|a|`]),
    ...(ulps === 0 ? [] : [`${ulps} ulp`]),
  ];
}

/** `4.1e-5`, `1.0e-4 + 1.0e-3·|a|`, `exact`. */
export function toleranceText({ tolerance, error }: OutputReport): string {
  if (error === null) return '–';
  if (tolerance === null) return 'exact';
  return terms(tolerance).join(' + ') || '0';
}

/** The largest error that a tolerance lets pass in an output, whose largest element counts. */
export function largestAllowed({ tolerance, error }: OutputReport): number {
  if (tolerance === null) return 0;
  return tolerance.absolute + tolerance.relative * (error?.magnitude ?? 0);
}
