import type { Model } from '../../ir/index.js';
import type { StepInfo } from '../../optimizers/index.js';
import type { Tensor } from '../../tensor/index.js';

/** A tensor that steps change. */
export interface KeptTensor {
  readonly name: string;
  readonly kind: 'parameter' | 'statistic' | 'optimizer' | 'average' | 'gradient' | 'scaling';
  readonly initial: Tensor;
}

/** One that the step graph takes in under its name and gives back changed. */
export interface StateTensor extends KeptTensor {
  /** Name of the graph output that holds it after the step. */
  readonly next: string;
}

/** A number that the host computes before each step. */
export interface ScalarInput {
  readonly name: string;
  compute(info: StepInfo): number;
}

/** A graph input, with its lengths. */
export interface FeedInput {
  readonly name: string;
  readonly dims: readonly number[];
}

/** A graph of training that is fed with one batch. */
export interface StepGraph {
  readonly model: Model;
  /** `[N, C, H, W]` */
  readonly images: FeedInput;
  /** `[N, K]`: what the outputs should be. */
  readonly targets: FeedInput;
  readonly scalars: readonly ScalarInput[];
  /** Inputs for independent uniform numbers from [0, 1). */
  readonly noises: readonly FeedInput[];
  /** What it changes. */
  readonly state: readonly StateTensor[];
  /** Names of the outputs that are no state: the loss (one number) and the model's own outputs `[N, K]`. */
  readonly results: { readonly loss: string; readonly outputs: string };
}

/** A training step as one ONNX model: forward, loss, backward and update. */
export interface TrainingStep extends StepGraph {
  /** How many batches make one update. */
  readonly batches: number;
  /** Takes all batches of an update but the last: sums up gradients. Null where there is only one. */
  readonly accumulation: StepGraph | null;
  readonly notes: readonly string[];
}
