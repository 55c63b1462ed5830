import type { Value } from '../ir/index.js';
import type { NodeView, VjpView } from './view.js';

/** What a node computes in the training graph. */
export interface Forward {
  /** Values for the node's outputs, in their order; those that nobody reads may be left out. */
  readonly outputs: readonly (Value | null)[];
  /** Values that the gradient needs as well, by name. */
  readonly saved?: Readonly<Record<string, Value>>;
}

/**
 * How gradients go back through an operator: `vjp` turns the cotangents of its results (the gradient of the loss with
 * respect to each) into those of its operands: a vector-Jacobian product.
 */
export interface GradientRule {
  readonly opTypes: readonly string[];
  /**
   * The form in which the operator runs in a training graph, where that is not the node itself: what is faster to
   * differentiate, runs on every device, or keeps values for `vjp`. Null: as it is after all.
   */
  readonly forward?: (view: NodeView) => Forward | null;
  /** @returns a cotangent for each operand, null where none is wanted or it is zero. */
  readonly vjp: (view: VjpView) => readonly (Value | null)[];
}
