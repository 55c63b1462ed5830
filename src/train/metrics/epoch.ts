import type { MetricsRecord } from './metrics-file.js';

/** The line of an epoch that is done. Other lines are of steps: `{ "step", "epoch", "loss", "lr", … }`. */
export interface EpochRecord extends MetricsRecord {
  readonly kind: 'epoch';
  /** Epochs done. */
  readonly epoch: number;
  readonly trainLoss: number | null;
  /** 0 to 1, like all accuracies. */
  readonly trainAccuracy: number | null;
  readonly valLoss: number | null;
  readonly valAccuracy: number | null;
  /** What the epoch took, validation included. */
  readonly seconds: number;
  /** Median of its steps since the run was last stopped; null where none was made since, and in older runs. */
  readonly stepSeconds: number | null;
  /** Bytes that the process has held in memory at most until then; null in older runs. */
  readonly peakMemory: number | null;
}

const isFigure = (value: unknown): boolean => value === null || typeof value === 'number';

/** The epochs among records, in their order. */
export const epochRecords = (records: readonly MetricsRecord[]): EpochRecord[] =>
  records.filter(isEpoch).map((record) => ({
    ...record,
    // Older runs lack them.
    stepSeconds: record.stepSeconds ?? null,
    peakMemory: record.peakMemory ?? null,
  }));

/** Whether a record is of an epoch; one of an older run lacks what `epochRecords` adds. */
export function isEpoch(record: MetricsRecord): record is EpochRecord {
  const { kind, epoch, seconds, trainLoss, trainAccuracy, valLoss, valAccuracy } = record;
  return (
    kind === 'epoch' &&
    typeof epoch === 'number' &&
    typeof seconds === 'number' &&
    [trainLoss, trainAccuracy, valLoss, valAccuracy].every(isFigure)
  );
}
