import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Modules of a PyTorch network: `NAME norm CHANNELS`, or `NAME SHAPE SPREAD` with ` bias SPREAD` where it has one. */
export interface StoredState {
  readonly model: string;
  readonly modules: readonly string[];
}

export interface StoredRun {
  readonly model: string;
  readonly input: readonly [number, number, number, number];
  readonly logits: readonly number[];
}

export interface StoredPool {
  /** Null where the image itself was pooled. */
  readonly model: string | null;
  readonly input: readonly [number, number, number, number];
  readonly values: readonly number[];
}

/** Reads what fixtures/exporters/models.py wrote. */
export const stored = <T>(file: string): T[] =>
  readFileSync(join(import.meta.dirname, '../../fixtures/models', file), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T);

/** max|a − b| ÷ max|b|. */
export function relativeError(values: ArrayLike<number>, reference: readonly number[]): number {
  if (values.length !== reference.length) return Number.POSITIVE_INFINITY;
  const errors = reference.map((value, i) => Math.abs((values[i] as number) - value));
  return Math.max(...errors) / Math.max(...reference.map(Math.abs));
}
