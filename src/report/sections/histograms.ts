import {
  type ComparedReport,
  type OutputReport,
  toleranceUsed,
  type WorstRun,
  worstRuns,
} from '../../verify/report.js';
import { type Bin, histogramChart } from '../charts/histogram.js';
import { formatError, plural } from '../format.js';
import { type Html, html } from '../html.js';
import { name } from '../names.js';
import type { Section } from '../section.js';
import { runName } from './runs.js';
import { largestAllowed } from './tolerance.js';

/** A network may have dozens of outputs; those that came closest to their bound say the most. */
const maxCharts = 24;

/** The same output in every run on the same device. */
function seenAlike(report: ComparedReport, { run, output }: WorstRun): OutputReport[] {
  return report.runs
    .filter(({ device }) => device === run.device)
    .flatMap(({ outputs }) => outputs.filter((other) => other.name === output.name));
}

function sumBins(outputs: readonly OutputReport[], worst: OutputReport): Bin[] {
  const bins = new Map<number, Bin>();
  for (const output of outputs) {
    for (const { exponent, count } of output.error?.histogram ?? []) {
      const bin = bins.get(exponent) ?? { exponent, all: 0, worst: 0 };
      const own = output === worst ? count : 0;
      bins.set(exponent, { exponent, all: bin.all + count, worst: bin.worst + own });
    }
  }
  return [...bins.values()].sort((x, y) => x.exponent - y.exponent);
}

function figure(report: ComparedReport, worst: WorstRun): Html {
  const { run, output } = worst;
  const outputs = seenAlike(report, worst);
  const bins = sumBins(outputs, output);
  const elements = outputs.reduce((sum, { error }) => sum + (error?.elements ?? 0), 0);
  const inexact = bins.reduce((sum, { all }) => sum + all, 0);
  const caption = html`${name(output.name)} <span class="aside">${run.device}</span>`;
  const bound = largestAllowed(output);
  if (bins.length === 0) {
    const text = output.error === null ? 'not comparable' : 'no element has an error';
    return html`<figure><figcaption>${caption}</figcaption><p class="empty">${text}</p></figure>\n`;
  }
  const low = formatError(2 ** (bins[0]?.exponent ?? 0));
  const high = formatError(2 ** ((bins.at(-1)?.exponent ?? 0) + 1));
  const label = `Histogram of the errors of ${output.name}: from ${low} to ${high}, bound ${formatError(bound)}`;
  return html`<figure><figcaption>${caption}</figcaption>
${histogramChart({ label, bins, bound })}<p class="aside">${plural(elements - inexact, 'element')} of ${elements} without any error. Bound of ${runName(run)}.</p></figure>\n`;
}

/** How the errors of each output are distributed. */
export function histogramsSection(report: ComparedReport): Section | null {
  const worst = worstRuns(report);
  if (!worst.some(({ output }) => output.error !== null)) return null;
  const shown = new Set(
    worst.toSorted((x, y) => toleranceUsed(y.output) - toleranceUsed(x.output)).slice(0, maxCharts),
  );
  const rest =
    worst.length > maxCharts
      ? html`<p>Only the ${maxCharts} of ${worst.length} that used the most of their tolerance are drawn.</p>\n`
      : null;
  return {
    id: 'distribution',
    title: 'Distribution of the errors',
    body: html`<p>Elements by the size of their error, <span class="key all"></span> in all runs and <span class="key worst"></span> in the worst one, whose bound is the dashed line. Other runs have other bounds, since their outputs are larger or smaller.</p>
${rest}<div class="gallery">\n${worst.filter((run) => shown.has(run)).map((run) => figure(report, run))}</div>\n`,
  };
}
