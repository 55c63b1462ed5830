import { toleranceUsed } from '../../src/verify/report.js';
import type { ExpandOutcome } from '../expand-file.js';
import { colorsFor } from './colors.js';
import { formatCount, formatError, formatShare, plural } from './format.js';
import { table } from './table.js';

/** Layers that were left alone for the same reason go on one line. */
function skippedLines({ skipped }: ExpandOutcome): string[] {
  return [...new Set(skipped.map(({ reason }) => reason))].map((reason) => {
    const layers = skipped.filter((layer) => layer.reason === reason);
    const names = layers.slice(0, 3).map(({ node }) => node);
    const more = layers.length > 3 ? ` and ${layers.length - 3} more` : '';
    return `  not expanded: ${names.join(', ')}${more}: ${reason}`;
  });
}

function verifiedLine({ verification, mode }: ExpandOutcome): string {
  const { green, yellow } = colorsFor(process.stdout);
  if (mode === 'fresh') return yellow('  begins anew: it does not compute what the input does');
  if (verification?.status !== 'equal') return yellow('  not run against the input');
  const outputs = verification.runs.flatMap((run) => run.outputs);
  const worst = outputs.reduce((max, { error }) => Math.max(max, error?.maxRelative ?? 0), 0);
  const used = outputs.reduce((max, output) => Math.max(max, toleranceUsed(output)), 0);
  return green(
    `  verified in ${plural(verification.runs.length, 'run')}: largest relative error ${formatError(worst)}, ${formatShare(used)} of its bound`,
  );
}

/** What `reparam expand` tells people about one file. */
export function expandText(outcome: ExpandOutcome): string {
  const { input, output, block, before, after, expanded } = outcome;
  const { bold, yellow } = colorsFor(process.stdout);
  const branches = expanded.reduce((sum, layer) => sum + layer.branches, 0);
  const counts = [
    ['nodes', before.nodes, after.nodes] as const,
    ['parameters', before.parameters, after.parameters] as const,
    ['MACs', before.macs, after.macs] as const,
  ];
  const rows = counts.map(([name, from, to]) => [
    `  ${name}`,
    formatCount(from),
    '→',
    formatCount(to),
  ]);
  return [
    bold(`${input} → ${output}`),
    `  ${plural(expanded.length, 'layer')} expanded by ${block} into ${formatCount(branches)} branches`,
    table(['', '>before', '', '>after'], rows),
    ...skippedLines(outcome).map(yellow),
    verifiedLine(outcome),
    '',
  ].join('\n');
}
