import type {
  CertificateCheck,
  CertificateReport,
} from '../../verify/certificate/certificate-check.js';
import { html } from '../html.js';
import type { Section } from '../section.js';
import { type Column, table } from '../table.js';

const columns: readonly [Column<CertificateCheck>, ...Column<CertificateCheck>[]] = [
  { heading: 'Check', cell: ({ name }) => name },
  {
    heading: 'Result',
    cell: ({ passed }) =>
      passed ? html`<span class="good">passed</span>` : html`<b class="bad">failed</b>`,
  },
  { heading: 'Finding', cell: ({ detail }) => html`<span class="prose">${detail}</span>` },
];

/** Each check of a certificate, those that failed first. */
export function certificateSection(report: CertificateReport | null): Section | null {
  if (report === null) return null;
  const checks = report.checks.toSorted((x, y) => Number(x.passed) - Number(y.passed));
  return {
    id: 'certificate',
    title: 'Certificate',
    body: html`<p>The proof of the merge, checked again from the two files alone: their SHA-256, every merged region beside the original nodes, and that nothing else was changed.</p>
${table('Checks of the certificate', columns, checks)}`,
  };
}
