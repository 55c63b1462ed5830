import { curveOf } from '../curves.js';
import type { Study } from '../study.js';
import { runsOf, type StudyGroup, type StudyTable } from '../table.js';
import { columnsOf, explanation } from './columns.js';
import { missing, percent } from './format.js';
import { type Made, madeEntries } from './made.js';
import { conclusions, groupTitle, summary, unfinished } from './sentences.js';

/** At most so many epochs are listed. */
const longest = 12;

/** Text that Markdown takes as it is, on one line. */
const plain = (text: string): string =>
  text.replace(/\s+/g, ' ').replace(/[\\`*_[\]<>|#]/g, (character) => `\\${character}`);

/** @param numeric whether all columns but the first are aligned to the right */
function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(plain).join(' | ')} |`;
  const rule = `| --- | ${headings
    .slice(1)
    .map(() => '---:')
    .join(' | ')} |`;
  return [line(headings), rule, ...rows.map(line)].join('\n');
}

function methodsTable(group: StudyGroup): string {
  const columns = columnsOf(group);
  const rows = group.rows.map((row) => [row.method, ...columns.map(({ cell }) => cell(row))]);
  return table(['Method', ...columns.map(({ heading }) => heading)], rows);
}

/** Some of many, evenly, the last one among them. */
function spaced(values: readonly number[]): number[] {
  const step = Math.ceil(values.length / longest);
  return values.filter((_, i) => (values.length - 1 - i) % step === 0);
}

/** Mean accuracies from epoch to epoch. */
function curvesTable(study: StudyTable, group: StudyGroup): string[] {
  const curves = group.rows.map(({ method }) => {
    const runs = runsOf(study, group).filter((run) => run.method === method);
    return new Map(curveOf(runs, 'valAccuracy').map(({ epoch, mean }) => [epoch, mean]));
  });
  const epochs = [...new Set(curves.flatMap((curve) => [...curve.keys()]))].sort((a, b) => a - b);
  if (epochs.length < 2) return [];
  const rows = spaced(epochs).map((epoch) => [
    String(epoch),
    ...curves.map((curve) => (curve.has(epoch) ? percent(curve.get(epoch) ?? null) : missing)),
  ]);
  return [
    'Mean accuracy of the validation images after an epoch:',
    table(['Epoch', ...group.rows.map(({ method }) => method)], rows),
  ];
}

function groupParts(study: StudyTable, group: StudyGroup): string[] {
  const failures = unfinished(runsOf(study, group)).map(
    ({ task, text }) => `- ${plain(task)} ${plain(text)}`,
  );
  return [
    `## ${plain(groupTitle(group))}`,
    methodsTable(group),
    ...conclusions(group, study.baseline).map(plain),
    ...(failures.length === 0 ? [] : [failures.join('\n')]),
    ...curvesTable(study, group),
  ];
}

/** A block of text as it is: its fence is longer than any in it. */
function fenced(text: string): string {
  const inside = Math.max(2, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length));
  const fence = '`'.repeat(inside + 1);
  return `${fence}yaml\n${text.trimEnd()}\n${fence}`;
}

/** The results of a study as Markdown. */
export function studyMarkdown(study: Study, table: StudyTable, made: Made): string {
  const parts = [
    `# ${plain(table.name)}`,
    `${summary(table)}.`,
    plain(explanation(table.baseline)),
    ...table.groups.flatMap((group) => groupParts(table, group)),
    '## The study',
    fenced(study.source),
    madeEntries(made)
      .map(([term, text]) => `- ${term}: ${plain(text)}`)
      .join('\n'),
  ];
  return `${parts.join('\n\n')}\n`;
}
