import type { TaskResult } from './results.js';
import { spreadOf } from './statistics.js';

/** A figure of the runs of a method after an epoch. */
export interface CurvePoint {
  readonly epoch: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  /** Runs that tell it. */
  readonly count: number;
}

export type CurveKind = 'valAccuracy' | 'trainLoss';

/** How a figure of finished runs goes from epoch to epoch; empty where none has finished. */
export function curveOf(runs: readonly TaskResult[], kind: CurveKind): CurvePoint[] {
  const byEpoch = new Map<number, number[]>();
  for (const { state, epochs } of runs) {
    if (state !== 'finished') continue;
    for (const record of epochs) {
      const value = record[kind];
      if (value === null) continue;
      byEpoch.set(record.epoch, [...(byEpoch.get(record.epoch) ?? []), value]);
    }
  }
  return [...byEpoch]
    .sort(([a], [b]) => a - b)
    .map(([epoch, values]) => ({
      epoch,
      mean: spreadOf(values)?.mean ?? 0,
      low: Math.min(...values),
      high: Math.max(...values),
      count: values.length,
    }));
}
