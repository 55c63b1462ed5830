import type { JsonObject } from '../json.js';

const best = (row: ArrayLike<number>): number => {
  let at = 0;
  for (let k = 1; k < row.length; k++) if ((row[k] as number) > (row[at] as number)) at = k;
  return at;
};

/** Rows of `[N, K]`. */
export function* rows(values: Float32Array, width: number): Generator<Float32Array> {
  for (let at = 0; at < values.length; at += width) yield values.subarray(at, at + width);
}

/** How many rows have their largest element where the targets have theirs. */
export function countCorrect(
  outputs: Float32Array,
  targets: Float32Array,
  classes: number,
): number {
  const expected = rows(targets, classes);
  let correct = 0;
  for (const row of rows(outputs, classes)) {
    if (best(row) === best(expected.next().value as Float32Array)) correct++;
  }
  return correct;
}

/** Means over images. */
export class Meter {
  #images = 0;
  #loss = 0;
  #correct = 0;

  /** @param loss mean of these images */
  add(images: number, loss: number, correct: number): void {
    this.#images += images;
    this.#loss += loss * images;
    this.#correct += correct;
  }

  get images(): number {
    return this.#images;
  }

  get loss(): number {
    return this.#loss / this.#images;
  }

  /** 0 to 1. */
  get accuracy(): number {
    return this.#correct / this.#images;
  }

  /** For a checkpoint in the middle of an epoch. */
  toJson(): JsonObject {
    return { images: this.#images, loss: this.#loss, correct: this.#correct };
  }

  static fromJson({ images, loss, correct }: Partial<Record<string, unknown>>): Meter {
    const meter = new Meter();
    meter.#images = Number(images ?? 0);
    meter.#loss = Number(loss ?? 0);
    meter.#correct = Number(correct ?? 0);
    return meter;
  }
}

/** Null of no numbers. */
export function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? null;
  if (upper === null || sorted.length % 2 === 1) return upper;
  return ((sorted[middle - 1] as number) + upper) / 2;
}
