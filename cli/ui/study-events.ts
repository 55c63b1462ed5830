import type { StudyEvent, StudyTask } from '../../src/study/engines/index.js';
import { colorsFor } from './colors.js';

function endText(event: StudyEvent & { kind: 'task-end' }): string {
  const { red, green, yellow } = colorsFor(process.stderr);
  const { state, problem } = event;
  const color = { finished: green, failed: red, stopped: yellow }[state];
  return `${color(state)}${problem === null ? '' : `: ${problem}`}`;
}

/** Tells on a line what happens in a study, and how far it is. */
export class StudyProgress {
  readonly #total: number;
  #done: number;

  /** @param done tasks that were finished before */
  constructor(tasks: readonly StudyTask[], done: number) {
    this.#total = tasks.length;
    this.#done = done;
  }

  line(event: StudyEvent): string {
    if (event.kind === 'note') return event.text;
    if (event.kind === 'task-start') return `${event.task}  begins`;
    if (event.kind === 'task-end') {
      if (event.state !== 'stopped') this.#done++;
      return `${event.task}  ${endText(event)}  (${this.#done} of ${this.#total})`;
    }
    const { task, epoch, epochs, accuracy } = event;
    const figure = accuracy === null ? '' : `  accuracy ${(100 * accuracy).toFixed(2)} %`;
    return `${task}  epoch ${epoch}/${epochs}${figure}`;
  }
}
