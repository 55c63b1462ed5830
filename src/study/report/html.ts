import { type Html, html } from '../../report/html.js';
import { name } from '../../report/names.js';
import { htmlPage } from '../../report/page.js';
import { type Section, sectionHtml } from '../../report/section.js';
import { type Column, scrollable, table } from '../../report/table.js';
import { type CurveKind, curveOf } from '../curves.js';
import type { TaskResult } from '../results.js';
import type { Study } from '../study.js';
import { type MethodRow, runsOf, type StudyGroup, type StudyTable } from '../table.js';
import { columnsOf, explanation } from './columns.js';
import { type CurveChart, curveChart, type MethodCurve } from './curve-chart.js';
import { percent, timeText } from './format.js';
import { type Made, madeEntries } from './made.js';
import { conclusions, groupTitle, summary, unfinished } from './sentences.js';
import { curveClass, studyStyle } from './style.js';

function methodsTable(group: StudyGroup): Html {
  const columns = columnsOf(group).map(
    ({ heading, cell }): Column<MethodRow> => ({ heading, numeric: true, cell }),
  );
  const first = { heading: 'Method', cell: ({ method }: MethodRow) => name(method) };
  return table(`Methods, ${groupTitle(group)}`, [first, ...columns], group.rows);
}

const charts: readonly (Pick<CurveChart, 'title' | 'shown' | 'text'> & { kind: CurveKind })[] = [
  {
    kind: 'valAccuracy',
    title: 'accuracy of the validation images, %',
    shown: (share) => 100 * share,
    text: percent,
  },
  {
    kind: 'trainLoss',
    title: 'loss of the training images',
    shown: (loss) => loss,
    text: (loss) => loss.toFixed(4),
  },
];

/** Fewer are drawn in one picture only. */
const manyEpochs = 8;

/** All epochs, and the later half once more, where methods are closer to each other than to where they began. */
function picturesOf(curves: readonly MethodCurve[], content: Omit<CurveChart, 'curves'>): Html[] {
  const whole = curveChart({ ...content, curves });
  const last = Math.max(...curves.flatMap(({ points }) => points.map(({ epoch }) => epoch)));
  if (whole === null || last < manyEpochs) return whole === null ? [] : [whole];
  const later = curves.map(({ points, ...curve }) => ({
    ...curve,
    points: points.filter(({ epoch }) => epoch > last / 2),
  }));
  const half = { ...content, title: `${content.title}, later half`, curves: later };
  return [whole, curveChart(half)].filter((picture) => picture !== null);
}

function curvesHtml(study: Study, runs: readonly TaskResult[]): Html | null {
  const pictures = charts.flatMap(({ kind, ...content }) => {
    const curves = study.methods.map(({ name: method }, index) => {
      const own = runs.filter((run) => run.method === method);
      return { method, index, points: curveOf(own, kind) };
    });
    return picturesOf(
      curves.filter(({ points }) => points.length > 0),
      content,
    );
  });
  if (pictures.length === 0) return null;
  const drawn = study.methods.flatMap(({ name: method }, index) =>
    runs.some((run) => run.method === method && run.state === 'finished')
      ? html`<li class="${curveClass(index)}"><span class="key"></span> ${method}</li>\n`
      : [],
  );
  return html`<ul class="legend">\n${drawn}</ul>
<div class="pictures">\n${pictures.map((picture) => html`<figure>${picture}</figure>\n`)}</div>
<p class="aside">Lines are means of the seeds that finished, bands reach from the least to the most.</p>\n`;
}

function problemsHtml(runs: readonly TaskResult[]): Html | null {
  const list = unfinished(runs);
  if (list.length === 0) return null;
  const items = list.map(({ task, text }) => {
    const tone = text.startsWith('failed') ? 'bad' : 'aside';
    return html`<li>${name(task)} <span class="${tone}">${text}</span></li>\n`;
  });
  return html`<ul class="problems">\n${items}</ul>\n`;
}

function groupSection(study: Study, found: StudyTable, group: StudyGroup, i: number): Section {
  const runs = runsOf(found, group);
  const sentences = conclusions(group, found.baseline).map((text) => html`<p>${text}</p>\n`);
  return {
    id: `group-${i + 1}`,
    title: groupTitle(group),
    body: html`${methodsTable(group)}${sentences}${problemsHtml(runs)}${curvesHtml(study, runs)}`,
  };
}

const runColumns: readonly [Column<TaskResult>, ...Column<TaskResult>[]] = [
  { heading: 'Run', cell: ({ task }) => name(task) },
  {
    heading: 'State',
    cell: ({ state }) => (state === 'failed' ? html`<span class="bad">${state}</span>` : state),
  },
  {
    heading: 'Epochs',
    numeric: true,
    cell: ({ epochs, epochsPlanned }) => `${epochs.at(-1)?.epoch ?? 0} of ${epochsPlanned}`,
  },
  { heading: 'Best', numeric: true, cell: ({ bestAccuracy }) => percent(bestAccuracy) },
  { heading: 'Last', numeric: true, cell: ({ lastAccuracy }) => percent(lastAccuracy) },
  { heading: 'Time', numeric: true, cell: ({ seconds }) => timeText(seconds) },
  { heading: 'Machine', cell: ({ host }) => host },
  {
    heading: 'Problem',
    cell: ({ problem }) =>
      problem === null ? null : html`<span class="problem">${problem}</span>`,
  },
];

function sectionsOf(study: Study, found: StudyTable): Section[] {
  const source = html`<pre><code>${study.source.trimEnd()}</code></pre>`;
  return [
    ...found.groups.map((group, i) => groupSection(study, found, group, i)),
    { id: 'runs', title: 'All runs', body: table('All runs', runColumns, found.runs) },
    { id: 'study', title: 'The study', body: scrollable('The study', source) },
  ];
}

function footer(made: Made): Html {
  const entries = madeEntries(made).map(
    ([term, text]) => html`<div><dt>${term}</dt><dd>${text}</dd></div>\n`,
  );
  return html`<footer>
<h2>This report was made with</h2>
<dl class="made">
${entries}</dl>
</footer>\n`;
}

/** The results of a study as one HTML file: it needs no network, no script and no other file. */
export function studyHtml(study: Study, found: StudyTable, made: Made): string {
  const sections = sectionsOf(study, found);
  const links = sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`);
  const header = html`<header>
<p class="kicker">Study</p>
<h1>${found.name}</h1>
<p class="lead">${summary(found)}.</p>
<p class="aside">${explanation(found.baseline)}</p>
<nav aria-label="Contents"><ul>${links}</ul></nav>
</header>\n`;
  const body = [header, ...sections.map(sectionHtml), footer(made)];
  return htmlPage(found.name, body, studyStyle);
}
