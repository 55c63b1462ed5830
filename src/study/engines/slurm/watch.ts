import { setTimeout as pause } from 'node:timers/promises';
import { isEpoch, readMetrics } from '../../../train/metrics/index.js';
import { runFiles } from '../../../train/runs/index.js';
import type { StudyEvent } from '../engine.js';
import { lookAtEnd, stepsOf } from './outcome.js';
import {
  accounted,
  hasEnded,
  isRunning,
  queued,
  type TaskState,
  type TaskStates,
  taskKey,
} from './states.js';
import { type Place, type SlurmStudy, submit } from './submit.js';

/** A task that Slurm holds. */
interface Followed extends Place {
  /** Steps done when it was submitted. */
  readonly steps: number;
  /** Epochs that were told of. */
  epochs: number;
  started: boolean;
  running: boolean;
  /** Since when it has been over, in milliseconds. */
  endedAt: number | null;
}

/** Milliseconds between two looks at the queue: it is asked seldom while nothing happens. */
const interval = { shortest: 500, growth: 1.5, longest: 10_000 };

/** Why tasks wait on any cluster; other reasons may be for ever. */
const ordinary = new Set([
  ...['', 'None', 'Priority', 'Resources', 'BeginTime', 'Cleaning', 'JobArrayTaskLimit'],
]);

const epochsOf = ({ task }: Place) => {
  const records = readMetrics(runFiles(task.runDir).metrics);
  return records.filter(isEpoch);
};

async function follow(place: Place): Promise<Followed> {
  const steps = await stepsOf(place.task);
  const epochs = epochsOf(place).at(-1)?.epoch ?? 0;
  return { ...place, steps, epochs, started: false, running: false, endedAt: null };
}

/** Says what is new of a task that has begun. */
function* progress(followed: Followed): Generator<StudyEvent> {
  const { task } = followed;
  if (!followed.started) yield { kind: 'task-start', task: task.name };
  followed.started = true;
  const { epochs } = task.recipe;
  for (const { epoch, valAccuracy } of epochsOf(followed)) {
    if (epoch <= followed.epochs) continue;
    followed.epochs = epoch;
    yield { kind: 'task-epoch', task: task.name, epoch, epochs, accuracy: valAccuracy };
  }
}

/** Follows job arrays until every task is over, and submits again what was interrupted and can go on. */
export class Watch {
  readonly #study: SlurmStudy;
  readonly #signal: AbortSignal | undefined;
  #followed: Followed[] = [];
  readonly #told = new Set<string>();

  constructor(study: SlurmStudy, signal: AbortSignal | undefined) {
    this.#study = study;
    this.#signal = signal;
  }

  /** Ids of the arrays that are followed. */
  get jobs(): string[] {
    return [...new Set(this.#followed.map(({ job }) => job))];
  }

  async add(places: readonly Place[]): Promise<void> {
    this.#followed.push(...(await Promise.all(places.map(follow))));
  }

  /** @throws ReparamError (environment) where Slurm is missing or refuses what is submitted again. */
  async *events(): AsyncGenerator<StudyEvent, void, void> {
    let wait = interval.shortest;
    while (this.#followed.length > 0 && !this.#signal?.aborted) {
      let happened = false;
      for await (const event of this.#look()) {
        happened = true;
        yield event;
      }
      wait = happened ? interval.shortest : Math.min(wait * interval.growth, interval.longest);
      if (this.#followed.length > 0) await this.#pause(wait);
    }
  }

  async *#look(): AsyncGenerator<StudyEvent, void, void> {
    const answer = await queued(this.jobs);
    if ('problem' in answer) {
      yield* this.#once(`Slurm does not answer, and is asked again: ${answer.problem}`);
      return;
    }
    const forgotten = this.#followed.filter((place) => !answer.states.has(keyOf(place)));
    const known = forgotten.length === 0 ? new Map() : await accounted(this.jobs);
    const states: TaskStates = new Map([...known, ...answer.states]);
    const again: Followed[] = [];
    for (const followed of [...this.#followed]) {
      const state = states.get(keyOf(followed)) ?? null;
      yield* this.#lookAt(followed, state, again);
    }
    if (again.length === 0) return;
    const tasks = again.map(({ task }) => task);
    this.#drop(again);
    await this.add(await submit(this.#study, tasks));
    yield { kind: 'note', text: `submitted again as job ${this.jobs.at(-1)}: ${names(tasks)}` };
  }

  async *#lookAt(
    followed: Followed,
    state: TaskState | null,
    again: Followed[],
  ): AsyncGenerator<StudyEvent, void, void> {
    const { task } = followed;
    const end = await lookAtEnd(followed, state, this.#study.studyDir);
    if (end.kind === 'not-over') {
      if (state !== null && !hasEnded(state)) yield* this.#going(followed, state);
      return;
    }
    yield* progress(followed);
    if (end.kind === 'interrupted') {
      yield { kind: 'note', text: `${task.name}: ${end.reason}` };
      again.push(followed);
      return;
    }
    this.#drop([followed]);
    yield { kind: 'task-end', task: task.name, state: end.state, problem: end.problem };
  }

  *#going(followed: Followed, state: TaskState): Generator<StudyEvent> {
    const { task, running } = followed;
    followed.running = isRunning(state);
    if (followed.running) {
      yield* progress(followed);
      return;
    }
    if (running) yield { kind: 'note', text: `${task.name} is back in the queue` };
    if (!ordinary.has(state.reason)) yield* this.#once(`Slurm lets tasks wait: ${state.reason}`);
  }

  *#once(text: string): Generator<StudyEvent> {
    if (this.#told.has(text)) return;
    this.#told.add(text);
    yield { kind: 'note', text };
  }

  #drop(gone: readonly Followed[]): void {
    this.#followed = this.#followed.filter((followed) => !gone.includes(followed));
  }

  async #pause(milliseconds: number): Promise<void> {
    const signal = this.#signal;
    // An interrupt ends the pause.
    await pause(milliseconds, undefined, signal ? { signal } : {}).catch(() => undefined);
  }
}

const keyOf = ({ job, index }: Place): string => taskKey(job, index);

const names = (tasks: readonly { readonly name: string }[]): string =>
  tasks.map(({ name }) => name).join(', ');
