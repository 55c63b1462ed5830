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
}

const isFigure = (value: unknown): boolean => value === null || typeof value === 'number';

export function isEpoch(record: MetricsRecord): record is EpochRecord {
  const { kind, epoch, seconds, trainLoss, trainAccuracy, valLoss, valAccuracy } = record;
  return (
    kind === 'epoch' &&
    typeof epoch === 'number' &&
    typeof seconds === 'number' &&
    [trainLoss, trainAccuracy, valLoss, valAccuracy].every(isFigure)
  );
}
