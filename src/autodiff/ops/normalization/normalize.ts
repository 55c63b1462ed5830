import type { Value } from '../../../ir/index.js';
import { mul, plus, square, sub } from '../../arithmetic.js';
import type { TypedBuilder } from '../../builder.js';
import { reduceMean } from '../../reduce.js';

export interface Normalized {
  /** `(x − mean) · inverse`, of the shape of x. */
  readonly normal: Value;
  /** The axes reduced have length 1. */
  readonly mean: Value;
  /** `1 / √(variance + epsilon)` */
  readonly inverse: Value;
}

/** Mean 0 and variance 1 over some axes. The variance is that of `x − mean`: E[x²] − E[x]² would cancel. */
export function normalize(
  b: TypedBuilder,
  x: Value,
  axes: readonly number[],
  epsilon: number,
): Normalized {
  const mean = reduceMean(b, x, axes);
  const centred = sub(b, x, mean);
  const variance = reduceMean(b, square(b, centred), axes);
  const inverse = b.op('Reciprocal', [b.op('Sqrt', [plus(b, variance, epsilon)])]);
  return { normal: mul(b, centred, inverse), mean, inverse };
}

/** `dx = inverse · (g − mean(g) − x̂ · mean(g · x̂))`. @param g cotangent of x̂, the normalized values */
export function normalizeGradient(
  b: TypedBuilder,
  normal: Value,
  inverse: Value,
  g: Value,
  axes: readonly number[],
): Value {
  const share = mul(b, normal, reduceMean(b, mul(b, g, normal), axes));
  return mul(b, inverse, sub(b, sub(b, g, reduceMean(b, g, axes)), share));
}
