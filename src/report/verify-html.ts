import type { VerifyFindings } from './findings.js';
import { type Html, html, unescaped } from './html.js';
import { fileName } from './names.js';
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
import { styleSheet } from './style/index.js';

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

/** Nothing but its own style may load or run, whatever the names in a model hold. */
const policy = "default-src 'none'; style-src 'unsafe-inline'";

/**
 * The report of a verification as one HTML file: it needs no network, no script and no other file. The same findings
 * make the same text.
 */
export function verifyHtml(findings: VerifyFindings): string {
  const { a, b, report } = findings;
  const sections = sectionsOf(findings);
  const page = html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta http-equiv="Content-Security-Policy" content="${policy}"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>${report.status}: ${fileName(b)} against ${fileName(a)}</title>
<style>${unescaped(styleSheet)}</style>
</head>
<body>
<main>
${verdictHtml(findings)}${sections.length > 1 ? contents(sections) : null}${sections.map(sectionHtml)}${footerHtml(findings)}</main>
</body>
</html>
`;
  return page.toString();
}
