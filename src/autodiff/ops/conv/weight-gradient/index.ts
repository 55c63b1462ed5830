import type { Value } from '../../../../ir/index.js';
import type { TypedBuilder } from '../../../builder.js';
import type { ConvGeometry } from '../geometry.js';
import type { WeightGradientFormulation } from './formulation.js';
import { perImage } from './per-image.js';
import { universal } from './universal.js';
import { unrolled } from './unrolled.js';
import { wholeBatch } from './whole-batch.js';

/** Every way to compute weight gradients; the first one applies to all convolutions. */
export const weightGradientFormulations: readonly WeightGradientFormulation[] = [
  universal,
  perImage,
  wholeBatch,
  unrolled,
];

/** The formulation that is expected to be the fastest. */
export const chooseWeightGradient = (geometry: ConvGeometry): WeightGradientFormulation =>
  weightGradientFormulations
    .filter((formulation) => formulation.applies(geometry))
    .reduce((best, other) => (other.cost(geometry) < best.cost(geometry) ? other : best));

/**
 * Gradient of a convolution with respect to its weight.
 * @param x `[N, C, …]` @param cotangent `[N, O, …]` @returns `[O, C / group, …]`
 */
export const weightGradient = (
  b: TypedBuilder,
  x: Value,
  cotangent: Value,
  geometry: ConvGeometry,
): Value => chooseWeightGradient(geometry).build(b, x, cotangent, geometry);
