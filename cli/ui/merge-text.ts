import type { ComparedReport } from '../../src/verify/report.js';
import { toleranceUsed } from '../../src/verify/report.js';
import type { MergeOutcome } from '../merge-file.js';
import type { ModelSummary } from '../model-summary.js';
import { colorsFor } from './colors.js';
import { formatCount, formatError, formatShare, plural } from './format.js';
import { planText } from './inspect-text.js';
import { table } from './table.js';

/** Operators that merging is about; the others are in the total. */
const shownOperators = ['Conv', 'ConvTranspose', 'BatchNormalization', 'Add', 'MatMul', 'Gemm'];

function rows(before: ModelSummary, after: ModelSummary): string[][] {
  const operators = shownOperators
    .filter((name) => before.operators[name] || after.operators[name])
    .map((name) => [name, before.operators[name] ?? 0, after.operators[name] ?? 0] as const);
  const counts = [
    ...operators,
    ['all nodes', before.nodes, after.nodes] as const,
    ['parameters', before.parameters, after.parameters] as const,
    ['MACs', before.macs, after.macs] as const,
  ];
  return counts.map(([name, from, to]) => [
    `  ${name}`,
    formatCount(from),
    '→',
    formatCount(to),
    from === to || from === 0
      ? ''
      : `${to < from ? '−' : '+'}${formatShare(Math.abs(to - from) / from)}`,
  ]);
}

function verified({ runs }: ComparedReport): string {
  const outputs = runs.flatMap((run) => run.outputs);
  const worst = outputs.reduce((max, { error }) => Math.max(max, error?.maxRelative ?? 0), 0);
  const used = outputs.reduce((max, output) => Math.max(max, toleranceUsed(output)), 0);
  return `verified in ${plural(runs.length, 'run')}: largest relative error ${formatError(worst)}, ${formatShare(used)} of its bound`;
}

/** What `reparam merge` tells people about one file. */
export function mergeText(outcome: MergeOutcome): string {
  const { input, output, before, after, merged, refused, verification } = outcome;
  const { bold, green, yellow } = colorsFor(process.stdout);
  if (output === null || after === null) {
    return [bold(input), ...planText(outcome), ''].join('\n');
  }
  const title = bold(`${input} → ${output}`);
  const notes = refused.map(({ node, reason }) => yellow(`  not merged: ${node}: ${reason}`));
  if (merged.length === 0) {
    return [title, ...notes, '  nothing to merge: the model is written unchanged', ''].join('\n');
  }
  return [
    title,
    `  ${plural(merged.length, 'region')} merged`,
    table(['', '>before', '', '>after', '>change'], rows(before, after)),
    ...notes,
    verification?.status === 'equal'
      ? green(`  ${verified(verification)}`)
      : yellow('  not run as a whole; each region was probed'),
    '',
  ].join('\n');
}
