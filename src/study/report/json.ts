import type { Study } from '../study.js';
import type { StudyTable } from '../table.js';
import type { Made } from './made.js';
import { conclusions } from './sentences.js';

/** Everything about a study as JSON: accuracies are 0 to 1, times in seconds, memory in bytes. */
export function studyJson(study: Study, table: StudyTable, made: Made): string {
  const { name, baseline, groups, runs } = table;
  const concluded = groups.map((group) => ({
    ...group,
    conclusions: conclusions(group, baseline),
  }));
  return `${JSON.stringify({ name, baseline, study, groups: concluded, runs, made }, null, 2)}\n`;
}
