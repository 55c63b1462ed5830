import { readStatus } from '../../../train/runs/index.js';
import type { EngineOptions, StudyEngine, StudyEvent, StudyTask } from '../engine.js';
import { Events } from '../events.js';
import { trainInChild } from './child.js';
import { share } from './share.js';

const isFinished = async ({ runDir }: StudyTask): Promise<boolean> =>
  (await readStatus(runDir).catch(() => null))?.state === 'finished';

async function* run(
  tasks: readonly StudyTask[],
  { program, signal, ...shares }: EngineOptions,
): AsyncGenerator<StudyEvent, void, void> {
  const { jobs, threads } = share(shares);
  const left = new AbortController();
  const stop = signal ? AbortSignal.any([signal, left.signal]) : left.signal;
  const events = new Events<StudyEvent>();
  const tell = (event: StudyEvent): void => events.push(event);
  const waiting = [...tasks];
  const work = async (): Promise<void> => {
    for (let task = waiting.shift(); task && !stop.aborted; task = waiting.shift()) {
      if (await isFinished(task)) continue;
      tell({ kind: 'task-start', task: task.name });
      const end = await trainInChild(task, { program, threads, signal: stop, tell });
      tell({ kind: 'task-end', task: task.name, ...end });
    }
  };
  const all = Promise.all(Array.from({ length: jobs }, work));
  all.then(
    () => events.end(),
    (cause: unknown) => events.fail(cause),
  );
  try {
    yield* events;
  } finally {
    // Whoever takes the events may have left off in the middle.
    left.abort();
    await all.catch(() => undefined);
  }
}

/** Carries out a study on this machine, several runs at a time, each in a process of its own. */
export const localEngine: StudyEngine = { name: 'local', run };
