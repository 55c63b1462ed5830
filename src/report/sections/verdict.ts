import type { CertificateReport } from '../../verify/certificate/certificate-check.js';
import { type ComparedReport, toleranceUsed, worstRuns } from '../../verify/report.js';
import type { VerifyFindings } from '../findings.js';
import { formatError, formatShare, plural } from '../format.js';
import { type Content, type Html, html } from '../html.js';
import { enumeration, fileName, name } from '../names.js';
import { runName } from './runs.js';

type Tone = 'good' | 'bad' | 'unsure';

interface Verdict {
  readonly tone: Tone;
  /** A word or two. */
  readonly headline: string;
  readonly lead: Content;
}

interface Figure {
  readonly label: string;
  readonly value: Content;
  readonly note: Content;
}

const failedChecks = ({ checks }: CertificateReport): string =>
  `${checks.filter(({ passed }) => !passed).length} of ${plural(checks.length, 'check')} failed`;

function comparedVerdict({ a, b, certificate }: VerifyFindings, report: ComparedReport): Verdict {
  const files = [name(fileName(a)), name(fileName(b))] as const;
  const worst = worstRuns(report);
  const differing = new Set(worst.filter(({ output }) => !output.equal).map((w) => w.output.name));
  if (report.status === 'different') {
    const all = new Set(worst.map(({ output }) => output.name)).size;
    const share = `${differing.size} of ${plural(all, 'output')}`;
    const lead = html`${share} of ${files[1]} ${differing.size === 1 ? 'does' : 'do'} not agree with ${files[0]} within the tolerance.`;
    return { tone: 'bad', headline: 'Different', lead };
  }
  const runs = plural(report.runs.length, 'run');
  const within = html`In ${runs}, every output of ${files[1]} stayed within its tolerance of ${files[0]}.`;
  if (certificate?.status === 'invalid') {
    const lead = html`${within} But the certificate does not hold: ${failedChecks(certificate)}.`;
    return { tone: 'bad', headline: 'Equal in these runs, certificate invalid', lead };
  }
  const proof = certificate
    ? 'The certificate proves that both are the same function up to rounding, for every input.'
    : 'No certificate was checked: runs sample the inputs, they prove nothing about other ones.';
  return { tone: 'good', headline: 'Equal', lead: html`${within} ${proof}` };
}

function verdictOf(findings: VerifyFindings): Verdict {
  const { a, b, report } = findings;
  switch (report.status) {
    case 'incomparable':
      return {
        tone: 'bad',
        headline: 'Incomparable',
        lead: html`The inputs or outputs of ${name(fileName(a))} and ${name(fileName(b))} do not correspond, so no run could compare them.`,
      };
    case 'unrunnable':
      return {
        tone: 'unsure',
        headline: 'Unrunnable',
        lead: html`onnxruntime cannot run ${name(fileName(report.model === 'a' ? a : b))}, which says nothing about whether the two are equal.`,
      };
    default:
      return comparedVerdict(findings, report);
  }
}

function errorFigures(report: ComparedReport): Figure[] {
  const worst = worstRuns(report).toSorted(
    (x, y) => toleranceUsed(y.output) - toleranceUsed(x.output),
  )[0];
  if (worst === undefined) return [];
  const { run, output } = worst;
  const { error, tolerance, bound } = output;
  const where = html`${name(output.name)}, ${runName(run)}`;
  if (error === null) return [{ label: 'Worst output', value: 'not comparable', note: where }];
  const largest = { label: 'Worst error', value: formatError(error.maxAbsolute), note: where };
  if (tolerance === null || error.toleranceUsed === null) {
    const note = 'this type may not differ at all';
    return [largest, { label: 'Its tolerance', value: 'exact', note }];
  }
  const used = `${formatShare(error.toleranceUsed)} of it used`;
  if (bound === null) {
    return [
      largest,
      {
        label: 'Of its tolerance',
        value: formatShare(error.toleranceUsed),
        note: 'as it was given',
      },
    ];
  }
  return [largest, { label: 'Its bound', value: formatError(bound.absolute), note: used }];
}

function comparedFigures({ certificate }: VerifyFindings, report: ComparedReport): Figure[] {
  const devices = [...new Set(report.deployments.map(({ device }) => device))];
  const kinds = [...new Set(report.runs.map(({ kind }) => kind))];
  return [
    ...errorFigures(report),
    { label: 'Runs', value: report.runs.length, note: enumeration(kinds) },
    {
      label: devices.length === 1 ? 'Device' : 'Devices',
      value: enumeration(devices),
      note: `the first model on ${report.reference.device}`,
    },
    {
      label: 'Certificate',
      value: certificate?.status ?? 'none',
      note: certificate ? plural(certificate.checks.length, 'check') : 'not proven',
    },
  ];
}

const figureHtml = ({ label, value, note }: Figure): Html =>
  html`<div><dt>${label}</dt><dd class="value">${value}</dd><dd class="note">${note}</dd></div>\n`;

/** The answer, before anything else. */
export function verdictHtml(findings: VerifyFindings): Html {
  const { a, b, report } = findings;
  const { tone, headline, lead } = verdictOf(findings);
  const compared = 'runs' in report;
  return html`<header class="verdict ${tone}">
<p class="kicker">Verification of two ONNX models</p>
<h1>${headline}</h1>
<p class="lead">${lead}</p>
${compared ? null : html`<p class="reason">${report.reason}</p>\n`}<dl class="files">
<div><dt>Reference</dt><dd>${name(a)}</dd></div>
<div><dt>Compared</dt><dd>${name(b)}</dd></div>
</dl>
${compared ? html`<dl class="figures">\n${comparedFigures(findings, report).map(figureHtml)}</dl>\n` : null}${
  compared ? report.notes.map((note) => html`<p class="caution">${note}</p>\n`) : null
}</header>\n`;
}
