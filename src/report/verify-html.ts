import type { VerifyFindings } from './findings.js';
import { type Html, html } from './html.js';
import { fileName } from './names.js';
import { htmlPage } from './page.js';
import { type Section, sectionHtml } from './section.js';
import { agreementSection } from './sections/agreement.js';
import { certificateSection } from './sections/certificate.js';
import { divergencesSection } from './sections/divergences.js';
import { footerHtml } from './sections/footer.js';
import { growthSection } from './sections/growth.js';
import { histogramsSection } from './sections/histograms.js';
import { outputsSection } from './sections/outputs.js';
import { placementSection } from './sections/placement.js';
import { rewrittenSection } from './sections/rewritten.js';
import { verdictHtml } from './sections/verdict.js';

function sectionsOf({ report, certificate }: VerifyFindings): Section[] {
  const compared = 'runs' in report ? report : null;
  const inside = compared?.inside ?? null;
  return [
    compared && outputsSection(compared),
    inside && divergencesSection(inside),
    compared && agreementSection(compared.agreement),
    compared && histogramsSection(compared),
    inside && growthSection(inside),
    inside && rewrittenSection(inside.rewritten),
    compared && placementSection(compared),
    certificateSection(certificate),
  ].filter((section) => section !== null);
}

const contents = (sections: readonly Section[]): Html =>
  html`<nav aria-label="Contents"><ul>${sections.map(
    ({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`,
  )}</ul></nav>\n`;

/**
 * The report of a verification as one HTML file: it needs no network, no script and no other file. The same findings
 * make the same text.
 */
export function verifyHtml(findings: VerifyFindings): string {
  const { a, b, report } = findings;
  const sections = sectionsOf(findings);
  const title = `${report.status}: ${fileName(b)} against ${fileName(a)}`;
  const linked = sections.length > 1 ? contents(sections) : null;
  return htmlPage(title, [
    ...[verdictHtml(findings), linked],
    ...[sections.map(sectionHtml), footerHtml(findings)],
  ]);
}
