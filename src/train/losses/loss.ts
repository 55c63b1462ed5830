import type { GraphBuilder, Value } from '../../ir/index.js';

export interface LossOptions {
  /** How much of a target is spread evenly over all classes, from 0 to 1. */
  readonly labelSmoothing?: number;
  /** One weight a class. */
  readonly classWeights?: readonly number[];
}

/** What the outputs of a model are compared with, as nodes behind them. */
export interface Loss {
  readonly name: string;
  readonly source: string;
  /** Whether outputs may have any shape, such as images; else they are one row of numbers for each image. */
  readonly anyShape?: boolean;
  /**
   * @param outputs `[N, K]` as the model gives them @param targets `[N, K]` probabilities or values
   * @returns the mean over the batch, a value without axes
   */
  build(b: GraphBuilder, outputs: Value, targets: Value, options: LossContext): Value;
  /** The loss of one image, without smoothing and weights: what validation reports. @param outputs `[K]` @param targets `[K]` */
  value(outputs: readonly number[], targets: readonly number[]): number;
}

export interface LossContext extends LossOptions {
  /** K. */
  readonly classes: number;
}
