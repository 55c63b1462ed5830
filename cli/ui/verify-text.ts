import { basename } from 'node:path';
import {
  type ComparedReport,
  type OutputReport,
  type RunReport,
  toleranceUsed,
  type VerifyReport,
  worstRuns,
} from '../../src/verify/report.js';
import { colorsFor } from './colors.js';
import { formatDims, formatError, formatShare, plural } from './format.js';
import { table } from './table.js';

interface WorstRun {
  readonly run: RunReport;
  readonly output: OutputReport;
}

const runName = ({ kind, seed }: RunReport): string => `${kind}, seed ${seed}`;

function row({ run, output }: WorstRun): string[] {
  const { name, dtype, dims, error, tolerance } = output;
  const shared = [name, `${dtype} ${formatDims(dims)}`];
  if (error === null) return [...shared, '', '', '', '', runName(run)];
  const bound = tolerance === null ? 'exact' : formatError(tolerance.absolute);
  return [
    ...shared,
    formatError(error.maxAbsolute),
    formatError(error.maxRelative),
    tolerance?.relative ? `${bound} + ${formatError(tolerance.relative)}·|a|` : bound,
    error.toleranceUsed === null ? '' : formatShare(error.toleranceUsed),
    runName(run),
  ];
}

/** One sentence on an output that differs. */
function difference({ run, output }: WorstRun): string {
  const { name, obstacle, error } = output;
  if (error === null) return `output '${name}': ${obstacle}`;
  const { worst, mismatches, elements } = error;
  const where = worst
    ? `; the worst is [${worst.index.join(', ')}]: ${worst.expected} against ${worst.actual}`
    : '';
  const share = `${mismatches} of ${plural(elements, 'element')}`;
  return `output '${name}': ${share} beyond the tolerance in run '${runName(run)}'${where}`;
}

/** Where the derived bound comes from, in one line. */
function derivation(runs: readonly WorstRun[]): string | null {
  const tightest = runs.toSorted((x, y) => toleranceUsed(y.output) - toleranceUsed(x.output))[0];
  const bound = tightest?.output.bound;
  if (!bound) return null;
  const { safetyFactor, unitRoundoff, roundings, amplification } = bound;
  const u = `2^${Math.round(Math.log2(unitRoundoff))}`;
  return `bound = ${safetyFactor} · ${u} · √${roundings} roundings · ${amplification.toFixed(1)} amplification · max |output|`;
}

function compared(report: ComparedReport): string {
  const { green, red, yellow, dim } = colorsFor(process.stdout);
  const worst = [...worstRuns(report).values()];
  const inputs = report.inputs.map(
    ({ name, dtype, dims }) => `${name} ${dtype} ${formatDims(dims)}`,
  );
  const kinds = [...new Set(report.runs.map(({ kind }) => kind))].join(', ');
  const headings = ['output', 'type', '>max error', '>relative', '>bound', '>used', 'worst run'];
  const bound = derivation(worst);
  const differing = worst.filter(({ output }) => !output.equal);
  const verdict =
    report.status === 'equal'
      ? green(`equal: every output is within its bound in ${plural(report.runs.length, 'run')}`)
      : red(`different: ${differing.map(difference).join('\n           ')}`);
  return [
    `inputs  ${inputs.join('; ') || 'none'}`,
    `runs    ${kinds}; seed ${report.seed}`,
    '',
    table(headings, worst.map(row)),
    '',
    ...(bound === null ? [] : [dim(bound)]),
    ...report.notes.map((note) => yellow(`note: ${note}`)),
    verdict,
  ].join('\n');
}

/** The report for people. */
export function verifyText(a: string, b: string, report: VerifyReport): string {
  if (report.status === 'unrunnable') {
    const { red } = colorsFor(process.stderr);
    return `${red('error:')} ${report.reason}`;
  }
  const { bold, red } = colorsFor(process.stdout);
  const title = bold(`${basename(a)} against ${basename(b)}`);
  return report.status === 'incomparable'
    ? `${title}\n${red(`different: ${report.reason}`)}`
    : `${title}\n${compared(report)}`;
}
