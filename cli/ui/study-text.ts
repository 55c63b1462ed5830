import { columnsOf } from '../../src/study/report/columns.js';
import { conclusions, groupTitle, summary, unfinished } from '../../src/study/report/sentences.js';
import type { StudyGroup, StudyTable } from '../../src/study/table.js';
import { colorsFor } from './colors.js';
import { table } from './table.js';

function groupText(group: StudyGroup, baseline: string): string {
  const { bold } = colorsFor(process.stdout);
  const columns = columnsOf(group);
  const rows = group.rows.map((row) => [row.method, ...columns.map(({ cell }) => cell(row))]);
  const headings = columns.map(({ heading }) => `>${heading}`);
  return [
    bold(groupTitle(group)),
    table(['Method', ...headings], rows),
    ...conclusions(group, baseline),
  ].join('\n');
}

/** What `reparam study` tells people at the end. */
export function studyText(study: StudyTable): string {
  const { red, yellow } = colorsFor(process.stdout);
  const problems = unfinished(study.runs).map(({ task, text }) => {
    const color = text.startsWith('failed') ? red : yellow;
    return color(`${task} ${text}`);
  });
  return [
    ...study.groups.map((group) => groupText(group, study.baseline)),
    [summary(study), ...problems].join('\n'),
  ].join('\n\n');
}
