import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { writeError } from '../../file-errors.js';
import { type Event, encodeEvent } from './event.js';
import { tfRecord } from './record.js';

const prefix = 'events.out.tfevents.';

/** TensorBoard reads the files of a folder in the order of their names: a new one must come last. */
function nextName(folder: string): string {
  const times = readdirSync(folder).map((name) =>
    name.startsWith(prefix) ? Number.parseInt(name.slice(prefix.length), 10) || 0 : 0,
  );
  const now = Math.floor(Date.now() / 1000);
  const time = Math.max(now, ...times.map((earlier) => earlier + 1));
  return `${prefix}${String(time).padStart(10, '0')}.${hostname()}.${process.pid}`;
}

/**
 * Writes scalars for TensorBoard into a new `events.out.tfevents.*` file. Every call writes at once, so that
 * TensorBoard shows a run while it goes on and a killed process loses nothing.
 */
export class EventFile {
  readonly path: string;
  readonly #file: number;

  /**
   * @param folder created where it is missing.
   * @param afterStep the step of the checkpoint that the run goes on from: TensorBoard forgets points of later steps
   * in older files.
   * @throws ReparamError when it cannot be written.
   */
  constructor(folder: string, afterStep: number | null = null) {
    try {
      mkdirSync(folder, { recursive: true });
      this.path = join(folder, nextName(folder));
      this.#file = openSync(this.path, 'wx');
    } catch (cause) {
      throw writeError(folder, cause);
    }
    this.#write({ fileVersion: 'brain.Event:2' });
    // From this step on, TensorBoard drops what older files hold.
    if (afterStep !== null) this.#write({ start: true, step: afterStep + 1 });
  }

  /** @param values by tag; groups of tags share the part before a slash: `loss/train`, `loss/validation`. */
  scalars(step: number, values: Readonly<Record<string, number>>): void {
    this.#write({ step, scalars: new Map(Object.entries(values)) });
  }

  /** Waits until the disk has everything. */
  sync(): void {
    fsyncSync(this.#file);
  }

  close(): void {
    closeSync(this.#file);
  }

  #write(event: Omit<Event, 'wallTime'>): void {
    const record = tfRecord(encodeEvent({ ...event, wallTime: Date.now() / 1000 }));
    try {
      for (let done = 0; done < record.length; ) done += writeSync(this.#file, record, done);
    } catch (cause) {
      throw writeError(this.path, cause);
    }
  }
}
