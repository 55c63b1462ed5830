import { type ComparedReport, type WorstRun, worstRuns } from '../../verify/report.js';
import {
  formatCosine,
  formatDecibels,
  formatDims,
  formatError,
  formatShare,
  plural,
} from '../format.js';
import { type Content, type Html, html } from '../html.js';
import { name } from '../names.js';
import type { Section } from '../section.js';
import { type Column, table } from '../table.js';
import { boundHtml } from './bound.js';
import { runName } from './runs.js';
import { toleranceText } from './tolerance.js';

const missing = '–';

/** A share of the bound as a bar that is full where the bound is. */
function usedBar(share: number): Html {
  const width = Math.min(100, Math.max(100 * share, share > 0 ? 1 : 0)).toFixed(0);
  return html`<span class="used${share > 1 ? ' over' : ''}"><span class="bar" aria-hidden="true"><span style="width:${width}%"></span></span><b>${formatShare(share)}</b></span>`;
}

function sqnrText({ output: { error } }: WorstRun): string {
  if (error === null) return missing;
  if (error.sqnr !== null) return formatDecibels(error.sqnr);
  return error.mismatches === 0 && error.maxAbsolute === 0 ? 'no error' : missing;
}

const outputColumns: readonly [Column<WorstRun>, ...Column<WorstRun>[]] = [
  { heading: 'Output', cell: ({ output }) => name(output.name) },
  { heading: 'Device', cell: ({ run }) => run.device },
  { heading: 'Type', cell: ({ output }) => output.dtype },
  { heading: 'Shape', cell: ({ output }) => formatDims(output.dims) },
  {
    heading: 'Max error',
    numeric: true,
    cell: ({ output: { error } }) => (error ? formatError(error.maxAbsolute) : missing),
  },
  {
    heading: 'Relative',
    numeric: true,
    cell: ({ output: { error } }) => (error ? formatError(error.maxRelative) : missing),
  },
  { heading: 'Tolerance', numeric: true, cell: ({ output }) => toleranceText(output) },
  {
    heading: 'Used',
    numeric: true,
    cell: ({ output: { error } }): Content =>
      error === null || error.toleranceUsed === null ? missing : usedBar(error.toleranceUsed),
  },
  {
    heading: 'Cosine',
    numeric: true,
    cell: ({ output: { error } }) =>
      error === null || error.cosine === null ? missing : formatCosine(error.cosine),
  },
  { heading: 'SQNR', numeric: true, cell: sqnrText },
  { heading: 'Worst run', cell: ({ run }) => runName(run) },
];

/** Where an output differs, in figures. */
function differenceHtml({ run, output }: WorstRun): Html {
  const { error, obstacle } = output;
  const title = html`<dt>${name(output.name)} <span class="aside">${run.device}, ${runName(run)}</span></dt>`;
  if (error === null) return html`<div>${title}<dd>${obstacle}</dd></div>\n`;
  const { worst, mismatches, elements } = error;
  const share = `${mismatches} of ${plural(elements, 'element')} beyond the tolerance`;
  const where = worst
    ? html`; worst at [${worst.index.join(', ')}]: expected <b>${worst.expected}</b>, actual <b>${worst.actual}</b>`
    : null;
  return html`<div>${title}<dd>${share}${where}</dd></div>\n`;
}

/** How far every output is apart, on every device. */
export function outputsSection(report: ComparedReport): Section | null {
  const worst = worstRuns(report);
  if (worst.length === 0) return null;
  const differing = worst.filter(({ output }) => !output.equal);
  const differences =
    differing.length === 0
      ? null
      : html`<h3>Where they differ</h3>\n<dl class="findings">\n${differing.map(differenceHtml)}</dl>\n`;
  return {
    id: 'outputs',
    title: 'Outputs',
    body: html`<p>Each row is the run in which an output used the most of its tolerance on a device. <i>Relative</i> is the error ÷ largest |output|; SQNR compares the energy of the output with that of the error.</p>
${table('Errors of the outputs', outputColumns, worst)}${differences}${boundHtml(worst)}`,
  };
}
