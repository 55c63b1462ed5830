import { basename } from 'node:path';
import {
  type ComparedReport,
  type Deployment,
  type RunInputs,
  toleranceUsed,
  type VerifyReport,
  type WorstRun,
  worstRuns,
} from '../../src/verify/report.js';
import { agreementText } from './agreement-text.js';
import { colorsFor } from './colors.js';
import { formatDims, formatError, formatShare, plural } from './format.js';
import { divergencesText } from './inside-text.js';
import { fallbackText } from './placement-text.js';
import { table } from './table.js';

/** What makes the same inputs again. */
const runName = ({ kind, seed, source, dims }: RunInputs, usual: string): string => {
  const sizes = sizesOf(dims);
  const size = sizes === usual ? '' : ` at ${sizes}`;
  return seed === null ? (source ?? kind) : `${kind}, seed ${seed}${size}`;
};

const sizesOf = (dims: RunInputs['dims']): string =>
  Object.values(dims)
    .map((lengths) => formatDims(lengths))
    .join('; ');

function row({ run, output }: WorstRun, usual: string): string[] {
  const { name, dtype, dims, error, tolerance } = output;
  const shared = [name, run.device, `${dtype} ${formatDims(dims)}`];
  if (error === null) return [...shared, '', '', '', '', runName(run, usual)];
  const relative = tolerance?.relative ? ` + ${formatError(tolerance.relative)}·|a|` : '';
  const ulps = tolerance?.ulps ? ` + ${tolerance.ulps} ulp` : '';
  const bound = tolerance === null ? 'exact' : formatError(tolerance.absolute) + relative + ulps;
  return [
    ...shared,
    formatError(error.maxAbsolute),
    formatError(error.maxRelative),
    bound,
    error.toleranceUsed === null ? '' : formatShare(error.toleranceUsed),
    runName(run, usual),
  ];
}

/** One sentence on an output that differs. */
function difference({ run, output }: WorstRun, usual: string): string {
  const { name, obstacle, error } = output;
  const where = `in run '${runName(run, usual)}' on ${run.device}`;
  if (error === null) return `output '${name}': ${obstacle} (${where})`;
  const { worst, mismatches, elements } = error;
  const at = worst
    ? `; the worst is [${worst.index.join(', ')}]: ${worst.expected} against ${worst.actual}`
    : '';
  const share = `${mismatches} of ${plural(elements, 'element')}`;
  return `output '${name}': ${share} beyond the tolerance ${where}${at}`;
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

/** `cpu, node by node` or `webgpu, optimized: 7 nodes on WebGpuExecutionProvider`. */
function deploymentText({ device, optimization, placement }: Deployment): string {
  const how = optimization === 'disabled' ? 'node by node' : 'optimized';
  if (placement === null) return `${device}, ${how}`;
  const where = Object.entries(placement.nodes).map(
    ([provider, count]) => `${plural(count, 'node')} on ${provider}`,
  );
  return `${device}, ${how}: ${where.join(', ')}`;
}

/** A device that leaves work to the CPU is not what was asked for. */
function fallbackNotes(deployments: readonly Deployment[]): string[] {
  return deployments.flatMap(({ device, placement }) => {
    const list = fallbackText(placement);
    if (list === null) return [];
    return [`on ${device} these nodes fell back to the CPU: ${list}`];
  });
}

function verdict(report: ComparedReport, worst: readonly WorstRun[], usual: string): string {
  const { green, red } = colorsFor(process.stdout);
  if (report.status === 'equal') {
    const inside = report.inside
      ? `, and so are ${plural(report.inside.values.length, 'value')} inside`
      : '';
    return green(
      `equal: every output is within its bound in ${plural(report.runs.length, 'run')}${inside}`,
    );
  }
  const differing = worst.filter(({ output }) => !output.equal);
  const sentences = differing.map((one) => difference(one, usual));
  const hidden = 'the outputs agree, but values inside do not';
  return red(`different: ${(differing.length > 0 ? sentences : [hidden]).join('\n           ')}`);
}

function compared(report: ComparedReport): string {
  const { yellow, dim } = colorsFor(process.stdout);
  const worst = worstRuns(report);
  const usual = sizesOf(report.runs[0]?.dims ?? {});
  const inputs = report.inputs.map(
    ({ name, dtype, dims }) => `${name} ${dtype} ${formatDims(dims)}`,
  );
  const kinds = [...new Set(report.runs.map(({ kind }) => kind))].join(', ');
  const sizes = [...new Set(report.runs.map(({ dims }) => sizesOf(dims)))].slice(1);
  const headings = [
    'output',
    'device',
    'type',
    '>max error',
    '>relative',
    '>bound',
    '>used',
    'worst run',
  ];
  const bound = derivation(worst);
  const notes = [...fallbackNotes([report.reference, ...report.deployments]), ...report.notes];
  return [
    `inputs  ${inputs.join('; ') || 'none'}${sizes.length > 0 ? dim(` (also ${sizes.slice(0, 4).join(', ')})`) : ''}`,
    `runs    ${kinds}; seed ${report.seed}`,
    `A       ${deploymentText(report.reference)}`,
    ...report.deployments.map((deployment) => `B       ${deploymentText(deployment)}`),
    '',
    table(
      headings,
      worst.map((one) => row(one, usual)),
    ),
    '',
    ...(bound === null ? [] : [dim(bound)]),
    ...report.agreement.map(agreementText),
    ...notes.map((note) => yellow(`note: ${note}`)),
    verdict(report, worst, usual),
    ...divergencesText(report.inside?.divergences ?? []),
    ...(report.status === 'different' && report.inside === null
      ? [dim('--bisect shows where they part')]
      : []),
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
