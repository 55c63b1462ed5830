import type { Device, Placement } from '../runtime/index.js';
import type { Estimate, Spread } from './statistics.js';

/** Largest resident set of a process that does nothing but run a model, in bytes. */
export interface PeakMemory {
  readonly total: number;
  /** What is left without Node, onnxruntime, the device and the inputs themselves. */
  readonly model: number;
}

/** How fast one model runs. Times in seconds, of this machine and this run. */
export interface ModelTiming {
  /** Opening the session. */
  readonly open: number;
  /** The first run, in which a GPU compiles its shaders. */
  readonly firstRun: number;
  /**
   * Whether these two were measured in a process of the model's own. Otherwise the second model finds shaders that the
   * first one had compiled, and seems to start faster.
   */
  readonly alone: boolean;
  readonly run: Spread;
  /** Entries of the batch per second at the median; null where no input has a batch. */
  readonly throughput: number | null;
  /** Null on the CPU. */
  readonly placement: Placement | null;
  /** Null where it was not measured. Memory of a GPU is not in it. */
  readonly memory: PeakMemory | null;
}

/** One device and one size. */
export interface BenchCase {
  readonly device: Device;
  /** Dims by input name. */
  readonly dims: Readonly<Record<string, readonly number[]>>;
  readonly a: ModelTiming;
  /** Null where there is one model alone. */
  readonly b: ModelTiming | null;
  /** Time of the second model ÷ that of the first, of runs one right after the other. */
  readonly ratio: Estimate | null;
}

/** How fast models run, as plain data. */
export interface BenchReport {
  readonly cases: readonly BenchCase[];
  readonly notes: readonly string[];
}
