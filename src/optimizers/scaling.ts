import { expand, mul, type TypedBuilder } from '../autodiff/index.js';
import type { Value } from '../ir/index.js';
import type { Tensor } from '../tensor/index.js';
import type { GradientTransform, TransformContext, Update } from './transform.js';

/** Scalings G by the name of the parameter: tensors that broadcast to it, such as `[kh, kw]` to `[O, I, kh, kw]`. */
export type Scalings = ReadonlyMap<string, Tensor>;

/** Name of the step graph's input that holds the scaling of a parameter. */
export const scalingName = (parameter: string): string => `scaling.${parameter}`;

/** The scaling of a parameter as an input of the step graph, null where it has none. */
export function scalingOf(
  context: TransformContext,
  { name }: Update,
  scaling: Scalings,
): Value | null {
  const initial = scaling.get(name);
  return initial ? context.held(scalingName(name), initial) : null;
}

/**
 * `G ⊙ g`, the scaling of spatial gradient scaling (arXiv:2303.02733, equation 4): with SGD it makes a convolution learn
 * as the branches `Σ sᵢ·(Mᵢ ⊙ Vᵢ) ∗ x` do, where `G = Σ sᵢ² Mᵢ`.
 */
export const scaleBy = (scaling: Scalings): GradientTransform => ({
  name: 'scaling',
  apply: (context, updates) =>
    updates.map((update) => {
      const factor = scalingOf(context, update, scaling);
      return factor ? { ...update, value: scaled(context.builder, update.value, factor) } : update;
    }),
});

/**
 * `[O, I, kh, kw] · [kh, kw]`. The CPU broadcasts in runs as long as the smaller operand, and runs of nine elements take
 * it five times as long as those of `[I, kh, kw]`.
 */
function scaled(b: TypedBuilder, value: Value, factor: Value): Value {
  const [, ...across] = b.dims(value);
  const repeats = !b.portable && b.dims(factor).length === across.length - 1;
  return mul(b, value, repeats ? expand(b, factor, across) : factor);
}
