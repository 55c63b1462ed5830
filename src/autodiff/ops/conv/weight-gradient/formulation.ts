import type { Value } from '../../../../ir/index.js';
import type { TypedBuilder } from '../../../builder.js';
import type { ConvGeometry } from '../geometry.js';

/** A way to compute the gradient of a convolution with respect to its weight. */
export interface WeightGradientFormulation {
  readonly name: string;
  applies(geometry: ConvGeometry): boolean;
  /** Roughly the nanoseconds that it takes, from its products and the elements that it moves; see `cost.ts`. */
  cost(geometry: ConvGeometry): number;
  /** @param x `[N, C, …]` @param cotangent `[N, O, …]` @returns `[O, C / group, …]` */
  build(b: TypedBuilder, x: Value, cotangent: Value, geometry: ConvGeometry): Value;
}
