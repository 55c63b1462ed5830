import { join } from 'node:path';
import { writeTextAtomic } from '../../train/files.js';
import type { StudyTask } from '../engines/engine.js';
import { readResults, type TaskEnd } from '../results.js';
import type { Study } from '../study.js';
import { type StudyTable, studyTable } from '../table.js';
import { studyHtml } from './html.js';
import { studyJson } from './json.js';
import { describeMaking } from './made.js';
import { studyMarkdown } from './markdown.js';

/** The file of each form of the results. */
const forms = { 'report.md': studyMarkdown, 'report.json': studyJson, 'report.html': studyHtml };

/**
 * Writes what is known of a study now into its folder: report.md, report.json and report.html.
 * @param ends how an engine saw tasks end, by name: a run that was killed or never began cannot tell that it failed
 * @throws ReparamError when a file cannot be written.
 */
export async function writeReports(
  studyDir: string,
  study: Study,
  tasks: readonly StudyTask[],
  ends: ReadonlyMap<string, TaskEnd> = new Map(),
): Promise<StudyTable> {
  const table = studyTable(study, await readResults(tasks, ends));
  const made = await describeMaking();
  for (const [file, write] of Object.entries(forms)) {
    await writeTextAtomic(join(studyDir, file), write(study, table, made));
  }
  return table;
}
