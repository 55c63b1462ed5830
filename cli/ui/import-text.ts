import { toleranceUsed } from '../../src/verify/report.js';
import type { ImportOutcome } from '../import-file.js';
import type { ValueSummary } from '../model-summary.js';
import { colorsFor } from './colors.js';
import { formatCount, formatDims, formatError, formatShare, plural } from './format.js';

const values = (list: readonly ValueSummary[]): string =>
  list.map(({ name, shape }) => `${name} ${formatDims(shape ?? [])}`).join(', ');

function verifiedLine({ verification, notVerified }: ImportOutcome): string {
  const { green, yellow } = colorsFor(process.stdout);
  if (!verification) return yellow(`  not verified: ${notVerified}`);
  const outputs = verification.runs.flatMap((run) => run.outputs);
  const worst = outputs.reduce((max, { error }) => Math.max(max, error?.maxRelative ?? 0), 0);
  const used = outputs.reduce((max, output) => Math.max(max, toleranceUsed(output)), 0);
  const runs = plural(verification.runs.length, 'run');
  return green(
    `  verified against ${verification.package} ${verification.version} in ${runs}: largest relative error ${formatError(worst)}, ${formatShare(used)} of its bound`,
  );
}

/** What `reparam import` tells people about one model. */
export function importText(outcome: ImportOutcome): string {
  const { input, output, format, model } = outcome;
  const { bold, yellow } = colorsFor(process.stdout);
  const kind = format === 'layers-model' ? 'LayersModel' : 'GraphModel';
  return [
    bold(`${input} → ${output}`),
    `  ${kind}, ${plural(model.nodes, 'node')}, ${formatCount(model.parameters)} parameters`,
    `  from ${values(model.inputs)} to ${values(model.outputs)}`,
    verifiedLine(outcome),
    ...(outcome.verification?.notes ?? []).map((note) => yellow(`  ${note}`)),
    '',
  ].join('\n');
}
