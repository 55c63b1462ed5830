import { closeSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { inputError } from '../../errors.js';
import { readError, writeError } from '../../file-errors.js';
import type { JsonObject } from '../json.js';

/** One line of `metrics.jsonl`. */
export interface MetricsRecord extends JsonObject {
  /** Optimizer steps done. */
  readonly step: number;
}

interface Line {
  readonly record: MetricsRecord;
  /** Where the line begins, in bytes. */
  readonly start: number;
}

const newline = 0x0a;

function recordOf(bytes: Uint8Array): MetricsRecord | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    const isRecord = typeof value === 'object' && Number.isFinite((value as MetricsRecord)?.step);
    return isRecord ? (value as MetricsRecord) : null;
  } catch {
    return null;
  }
}

/** The last line is torn where a process was killed while it wrote it. */
function* linesOf(bytes: Uint8Array, path: string): Generator<Line> {
  let number = 1;
  for (let start = 0; start < bytes.length; number++) {
    const end = bytes.indexOf(newline, start);
    if (end < 0) return;
    const record = recordOf(bytes.subarray(start, end));
    if (record === null) {
      if (end + 1 === bytes.length) return;
      throw inputError(`${path} is damaged: line ${number} is no record with a step`, { at: path });
    }
    yield { record, start };
    start = end + 1;
  }
}

function contentOf(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return new Uint8Array(0);
    throw readError(path, cause);
  }
}

/**
 * All records of a `metrics.jsonl`, none where there is no such file; a torn last line is left out.
 * @throws ReparamError for a file that cannot be read, or with another damaged line.
 */
export const readMetrics = (path: string): MetricsRecord[] =>
  Array.from(linesOf(contentOf(path), path), ({ record }) => record);

/** Bytes of the lines up to a step. */
function bytesUntil(path: string, step: number): number {
  const bytes = contentOf(path);
  let end = 0;
  for (const { record, start } of linesOf(bytes, path)) {
    if (record.step > step) return start;
    end = bytes.indexOf(newline, start) + 1;
  }
  return end;
}

/** Appends records to a `metrics.jsonl`, one JSON object a line, each written at once. */
export class MetricsFile {
  readonly #path: string;
  readonly #file: number;

  /**
   * @param afterStep the step of the checkpoint that the run goes on from: records of later steps are cut off, since
   * they will be written again. 0 begins anew.
   * @throws ReparamError when it cannot be written, or holds other lines than records.
   */
  constructor(path: string, afterStep: number) {
    this.#path = path;
    const kept = afterStep > 0 ? bytesUntil(path, afterStep) : 0;
    try {
      this.#file = openSync(path, 'a');
      ftruncateSync(this.#file, kept);
    } catch (cause) {
      throw writeError(path, cause);
    }
  }

  /** Numbers that JSON does not have, NaN and infinities, become null. */
  append(record: MetricsRecord): void {
    const line = new TextEncoder().encode(`${JSON.stringify(record)}\n`);
    try {
      for (let done = 0; done < line.length; ) done += writeSync(this.#file, line, done);
    } catch (cause) {
      throw writeError(this.#path, cause);
    }
  }

  /** Waits until the disk has everything. To be called before a checkpoint, which promises what came before it. */
  sync(): void {
    fsyncSync(this.#file);
  }

  close(): void {
    closeSync(this.#file);
  }
}
