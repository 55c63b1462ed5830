import type { Model } from '../../ir/index.js';
import type { OptimizerType, Scalings } from '../../optimizers/index.js';
import type { Recipe } from '../recipe/index.js';
import type { Observation } from '../step/index.js';

/** The beginning of an epoch, and what a method may look at then. */
export interface Moment {
  /** Epochs done. */
  readonly epoch: number;
  /** The model with the weights of the moment, in inference form; it may be changed. */
  model(): Promise<Model>;
  /**
   * Runs the first batches of the epoch through a model, which does not change what training sees of them.
   * @param trainOnly the only parameters that count as trained, by name; those of the recipe by default
   */
  observe(model: Model, batches: number, trainOnly?: readonly string[]): AsyncIterable<Observation>;
}

/** Another structure that computes the same. */
export interface Surgery {
  /** In inference form, with all weights. */
  readonly model: Model;
  /** The weight of the layer that was changed. */
  readonly layer: string;
  readonly change: 'grown' | 'removed';
  readonly branches: readonly string[];
  /** What decided for it. */
  readonly score: number;
}

/**
 * Gives the model another structure while it learns, one surgery after the other. Each is held against the model before
 * it, which must compute the same; training goes on with the last one. Parameters that keep their name keep their
 * optimizer's state, and others begin without.
 */
export type Revise = (moment: Moment) => AsyncGenerator<Surgery, void, void>;

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
  /** Asked at the beginning of each epoch. */
  readonly revise?: Revise;
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
