import type { Model } from '../../ir/index.js';
import type { OptimizerType, Scalings } from '../../optimizers/index.js';
import type { Recipe } from '../recipe/index.js';

/** A model as a method trains it. */
export interface Prepared {
  /** In inference form. */
  readonly model: Model;
  /** What gradients or updates are multiplied with; null for nothing. */
  readonly scalings: Scalings | null;
  /**
   * When: `none` from the first step on, without a change; `fixed` from the epoch on that the recipe says, setting in
   * slowly; `measured` likewise, and measured anew while the model learns.
   */
  readonly schedule: 'none' | 'fixed' | 'measured';
  /** What a user must know of it, as sentences. */
  readonly notes: readonly string[];
}

/** A way to train: what becomes of the model, and how gradients are scaled. */
export interface TrainingMethod {
  readonly name: string;
  /** The paper; empty for plain training. */
  readonly source: string;
  /** One line. */
  readonly description: string;
  /** @throws ReparamError where the method does not apply to the model. */
  prepare(model: Model, recipe: Recipe, optimizer: OptimizerType): Promise<Prepared> | Prepared;
}
