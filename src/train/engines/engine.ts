import type { Model } from '../../ir/index.js';
import type {
  FeedInput,
  KeptTensor,
  OpenStep,
  OpenStepOptions,
  StepOptions,
} from '../step/index.js';

/** A training step that is ready to be opened. */
export interface PreparedStep {
  /** `[N, C, H, W]` */
  readonly images: FeedInput;
  /** `[N, K]`: what the outputs should be. */
  readonly targets: FeedInput;
  /** What it changes. */
  readonly state: readonly KeptTensor[];
  /** How many batches make one update. */
  readonly batches: number;
  readonly notes: readonly string[];
  /** @throws ReparamError when what computes it is missing on this machine. */
  open(options?: OpenStepOptions): Promise<OpenStep>;
}

/**
 * What computes training steps. All engines train the same parameters under the same names and keep the same state, so
 * that one goes on with what another one began.
 */
export interface TrainingEngine {
  readonly name: string;
  /** One line. */
  readonly description: string;
  /** @throws ReparamError for a model that cannot be trained, naming the node that stands in the way. */
  prepare(model: Model, options: StepOptions): PreparedStep;
}
