import { readStatus } from '../../../train/runs/index.js';
import type { EngineOptions, StudyEngine, StudyEvent, StudyTask } from '../engine.js';
import { type ArrayFiles, studyFolder } from './script.js';
import { attach, plannedFiles, type SlurmStudy, submit } from './submit.js';
import { Watch } from './watch.js';

export type { SlurmOptions } from './options.js';
export type { ArrayFiles } from './script.js';

/** A task has one processor unless it asks for more. */
const studyOf = (task: StudyTask, options: EngineOptions): SlurmStudy => {
  const { program, slurm = {}, threads = slurm.cpus ?? 1 } = options;
  return {
    studyDir: studyFolder(task),
    program: { command: program, workDir: process.cwd(), threads },
    options: slurm,
  };
};

async function unfinished(tasks: readonly StudyTask[]): Promise<StudyTask[]> {
  const states = await Promise.all(tasks.map(({ runDir }) => readStatus(runDir).catch(() => null)));
  return tasks.filter((_task, index) => states[index]?.state !== 'finished');
}

async function* run(
  tasks: readonly StudyTask[],
  options: EngineOptions,
): AsyncGenerator<StudyEvent, void, void> {
  const wanted = await unfinished(tasks);
  const [first] = wanted;
  if (!first) return;
  const study = studyOf(first, options);
  const watch = new Watch(study, options.signal);
  const held = await attach(study.studyDir, wanted);
  if (held.length > 0) {
    await watch.add(held);
    yield { kind: 'note', text: `${count(held.length)} in job ${watch.jobs.join(', ')} already` };
  }
  const free = wanted.filter((task) => !held.some((place) => place.task === task));
  if (free.length > 0) {
    const places = await submit(study, free);
    await watch.add(places);
    yield { kind: 'note', text: `submitted ${count(free.length)} as job ${places[0]?.job}` };
  }
  yield* watch.events();
  if (watch.jobs.length === 0) return;
  const ids = watch.jobs.join(' ');
  const text = `the jobs go on: run the same command again to follow them, or end them with: scancel ${ids}`;
  yield { kind: 'note', text };
}

const count = (tasks: number): string => (tasks === 1 ? '1 run' : `${tasks} runs`);

/**
 * The files that the engine would submit for the tasks that are not finished, null where all are. Nothing is written.
 * @throws ReparamError for options or a folder that Slurm cannot be told.
 */
export async function slurmFiles(
  tasks: readonly StudyTask[],
  options: EngineOptions,
): Promise<ArrayFiles | null> {
  const wanted = await unfinished(tasks);
  const [first] = wanted;
  return first ? plannedFiles(studyOf(first, options), wanted) : null;
}

/**
 * Carries out a study as Slurm job arrays, one task a run. What was submitted is kept in the study's folder
 * (`slurm/job.json`), so that a process that is started again follows the jobs that are there.
 */
export const slurmEngine: StudyEngine = { name: 'slurm', run };
