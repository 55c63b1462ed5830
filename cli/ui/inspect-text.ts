import type { ModelSummary, ValueSummary } from '../model-summary.js';
import type {
  CostSummary,
  NearMissSummary,
  PlanSummary,
  RegionSummary,
} from '../plan-description.js';
import { branchTree } from './branch-tree.js';
import { colorsFor } from './colors.js';
import { formatBytes, formatCount, formatDims, plural } from './format.js';

export interface Findings extends PlanSummary {
  readonly file: string;
  readonly model: ModelSummary;
}

/** Kinds of operators listed by name. */
const mostOperators = 12;

const valueText = ({ name, dtype, shape }: ValueSummary): string =>
  dtype === null ? `${name} (not a tensor)` : `${name} ${dtype} ${shape ? formatDims(shape) : '?'}`;

function modelText(model: ModelSummary): string[] {
  const { opset, producer, inputs, outputs, nodes, operators, parameters, macs } = model;
  const list = (values: readonly ValueSummary[]) => values.map(valueText).join('; ') || 'none';
  const kinds = Object.entries(operators);
  const counts = kinds.slice(0, mostOperators).map(([name, count]) => `${name} ${count}`);
  if (kinds.length > mostOperators) counts.push(`${kinds.length - mostOperators} more kinds`);
  const assumed = Object.entries(model.assumedShapes).map(
    ([name, dims]) => `${name} ${formatDims(dims)}`,
  );
  const assumption = assumed.length === 0 ? '' : ` for ${assumed.join('; ')}`;
  return [
    `  opset    ${opset}${producer === '' ? '' : `, made by ${producer}`}`,
    `  inputs   ${list(inputs)}`,
    `  outputs  ${list(outputs)}`,
    `  nodes    ${nodes}${nodes === 0 ? '' : `: ${counts.join(', ')}`}`,
    `  size     ${formatCount(parameters)} parameters, ${formatCount(macs)} MACs${assumption}`,
  ];
}

function change(before: CostSummary, after: CostSummary): string {
  return [
    `${plural(before.nodes, 'node')} → ${after.nodes}`,
    `${formatCount(before.operations)} → ${formatCount(after.operations)} operations`,
    `${formatBytes(before.bytes)} → ${formatBytes(after.bytes)}`,
  ].join(', ');
}

function regionText({ id, sources, output, before, after, branches }: RegionSummary): string[] {
  const { cyan, dim } = colorsFor(process.stdout);
  const tree = branchTree(branches).map((line) => dim(`      ${line}`));
  return [`  ${cyan(id)}  ${sources.join(' + ')} → ${output}: ${change(before, after)}`, ...tree];
}

function nearMissText({ node, reason, at }: NearMissSummary): string {
  const { yellow } = colorsFor(process.stdout);
  return `  ${yellow(node)}: ${reason}${at === null || node.includes(`'${at}'`) ? '' : ` (at ${at})`}`;
}

export function planText({ regions, nearMisses }: PlanSummary): string[] {
  const { bold } = colorsFor(process.stdout);
  const headline =
    regions.length === 0
      ? 'Nothing can be merged'
      : `${plural(regions.length, 'region')} can be merged`;
  return [
    bold(headline),
    ...regions.flatMap(regionText),
    ...(nearMisses.length === 0 ? [] : ['', bold(`Not merged: ${nearMisses.length}`)]),
    ...nearMisses.map(nearMissText),
  ];
}

/** What `reparam inspect` tells people. */
export function inspectText(findings: Findings): string {
  const { bold } = colorsFor(process.stdout);
  return [bold(findings.file), ...modelText(findings.model), '', ...planText(findings)].join('\n');
}
