import type { AgreementReport, OutputAgreement } from '../../verify/agreement-report.js';
import { formatAgreement, formatCosine, formatDecibels, plural } from '../format.js';
import { html } from '../html.js';
import { name } from '../names.js';
import type { Section } from '../section.js';
import { type Column, table } from '../table.js';

interface Row {
  readonly report: AgreementReport;
  readonly output: OutputAgreement;
}

const columns: readonly [Column<Row>, ...Column<Row>[]] = [
  { heading: 'Output', cell: ({ output }) => name(output.name) },
  { heading: 'Device', cell: ({ report }) => report.device },
  { heading: 'Samples', numeric: true, cell: ({ report }) => report.samples },
  {
    heading: 'Same best class',
    numeric: true,
    cell: ({ output: { top1 } }) => (top1 === null ? '–' : formatAgreement(top1)),
  },
  {
    heading: 'Same best k',
    numeric: true,
    cell: ({ output: { topK } }) =>
      topK === null ? '–' : `${formatAgreement(topK.share)} (k = ${topK.k})`,
  },
  { heading: 'Mean cosine', numeric: true, cell: ({ output }) => formatCosine(output.cosine) },
  {
    heading: 'Worst cosine',
    numeric: true,
    cell: ({ output }) => formatCosine(output.worstCosine),
  },
  {
    heading: 'SQNR',
    numeric: true,
    cell: ({ output: { sqnr } }) => (sqnr === null ? 'no error' : formatDecibels(sqnr)),
  },
  { heading: 'Worst sample', cell: ({ output }) => name(output.worst) },
];

/** Whether both models give the same answers on samples of the task. */
export function agreementSection(reports: readonly AgreementReport[]): Section | null {
  const rows = reports.flatMap((report) =>
    report.outputs.map((output): Row => ({ report, output })),
  );
  if (rows.length === 0) return null;
  const samples = Math.max(...reports.map((report) => report.samples));
  return {
    id: 'agreement',
    title: 'Agreement on the given samples',
    body: html`<p>What a rounding bound does not say: whether both models give the same answers on ${plural(samples, 'sample')}.</p>
${table('Agreement on samples', columns, rows)}`,
  };
}
