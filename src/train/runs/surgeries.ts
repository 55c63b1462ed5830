import { type MetricsRecord, readMetrics } from '../metrics/index.js';
import { runFiles } from './layout.js';

/** A line of `surgeries.jsonl`: another structure from a step on. */
export interface SurgeryRecord extends MetricsRecord {
  readonly kind: 'surgery';
  /** Epochs done before. */
  readonly epoch: number;
  /** Name of the weight of the layer. */
  readonly layer: string;
  readonly change: 'grown' | 'removed';
  readonly branches: readonly string[];
  /** What decided for it; for branches that were removed, the largest of their relative scales. */
  readonly score: number;
  /** The largest difference of the outputs before and after, relative to the largest output. */
  readonly difference: number;
}

const isSurgery = (record: MetricsRecord): record is SurgeryRecord =>
  (record as Partial<SurgeryRecord>).kind === 'surgery';

/**
 * How the structure has changed in a run, oldest first; nothing for a run whose structure stays.
 * @throws ReparamError for a damaged file.
 */
export const readSurgeries = (runDir: string): SurgeryRecord[] =>
  readMetrics(runFiles(runDir).surgeries).filter(isSurgery);
