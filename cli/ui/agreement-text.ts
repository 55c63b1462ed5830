import type { AgreementReport } from '../../src/verify/agreement-report.js';
import { formatAgreement, formatCosine, formatDecibels, plural } from './format.js';
import { table } from './table.js';

/** Agreement on the user's own inputs, for people. */
export function agreementText({ device, samples, outputs }: AgreementReport): string {
  const headings = ['output', '>cosine', '>worst', '>SQNR', '>top-1', '>top-5', 'worst sample'];
  const rows = outputs.map(({ name, cosine, worstCosine, sqnr, top1, topK, worst }) => [
    name,
    formatCosine(cosine),
    formatCosine(worstCosine),
    sqnr === null ? 'identical' : formatDecibels(sqnr),
    top1 === null ? '' : formatAgreement(top1),
    topK === null ? '' : `${formatAgreement(topK.share)}${topK.k === 5 ? '' : ` (${topK.k})`}`,
    worst,
  ]);
  return `agreement on ${plural(samples, 'sample')} on ${device}\n${table(headings, rows)}\n`;
}
