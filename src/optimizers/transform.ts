import type { TypedBuilder } from '../autodiff/index.js';
import type { Value } from '../ir/index.js';
import type { Tensor } from '../tensor/index.js';

/** What the host knows before each step, for numbers that it computes in float64 and feeds. */
export interface StepInfo {
  /** Number of the update, from 1. */
  readonly step: number;
  /** Learning rate of the step. */
  readonly rate: number;
  /** Which of the batches that make up the update, from 0. */
  readonly batch?: number;
}

/** A parameter on its way to its update. */
export interface Update {
  /** Name of the parameter. */
  readonly name: string;
  /** Its value before the step. */
  readonly weight: Value;
  /** Whether weight decay applies to it. */
  readonly decays: boolean;
  /** The gradient, then what transforms make of it; in the end it is subtracted from the weight. Same shape. */
  readonly value: Value;
}

/** A tensor that is kept from step to step. */
export interface Slot {
  readonly value: Value;
  /** Sets what the next step finds. */
  set(next: Value): void;
}

export interface TransformContext {
  readonly builder: TypedBuilder;
  /** A number that the host feeds at each step, as a value without axes. */
  scalar(name: string, compute: (info: StepInfo) => number): Value;
  /** A tensor of the parameter's shape, kept under `<kind>.<parameter>`; zero at first. */
  slot(update: Update, kind: string): Slot;
  /** A tensor that steps leave as it is, and the host may replace between them. */
  held(name: string, initial: Tensor): Value;
}

/**
 * Turns gradients into updates, as nodes of the step graph. Transforms are chained, each seeing what the one before it
 * made of the gradients.
 */
export interface GradientTransform {
  readonly name: string;
  apply(context: TransformContext, updates: readonly Update[]): readonly Update[];
}

/** A transform that treats every parameter by itself. */
export const eachParameter = (
  name: string,
  transform: (context: TransformContext, update: Update) => Value,
): GradientTransform => ({
  name,
  apply: (context, updates) =>
    updates.map((update) => ({ ...update, value: transform(context, update) })),
});
