import type { JsonObject } from '../json.js';
import { type MetricsRecord, readMetrics } from '../metrics/index.js';
import { runFiles } from './layout.js';

/** The scaling of a convolution's gradient. */
export interface LayerScaling extends JsonObject {
  /** Name of the weight. */
  readonly weight: string;
  /** Lengths of the kernel. */
  readonly kernel: readonly number[];
  /** One number a tap, row-major, mean 1. */
  readonly values: readonly number[];
}

/** A line of `scalings.jsonl`: the scalings from a step on. */
export interface ScalingRecord extends MetricsRecord {
  readonly kind: 'scalings';
  /** Epochs done before. */
  readonly epoch: number;
  readonly layers: readonly LayerScaling[];
}

export const isScalingRecord = (record: MetricsRecord): record is ScalingRecord => {
  const { kind, layers } = record as Partial<ScalingRecord>;
  return kind === 'scalings' && Array.isArray(layers) && layers.every(isLayer);
};

function isLayer(layer: unknown): layer is LayerScaling {
  const { weight, kernel, values } = (layer ?? {}) as Partial<LayerScaling>;
  if (typeof weight !== 'string' || !Array.isArray(kernel) || !Array.isArray(values)) return false;
  const taps = kernel.reduce((product: number, length) => product * Number(length), 1);
  return values.length === taps && values.every((value) => Number.isFinite(value));
}

/**
 * The scalings that a run has used, oldest first; none for a run that scales nothing.
 * @throws ReparamError for a damaged file.
 */
export const readScalings = (runDir: string): ScalingRecord[] =>
  readMetrics(runFiles(runDir).scalings).filter(isScalingRecord);
