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
      if (!factor) return update;
      const { builder } = context;
      return {
        ...update,
        value: mul(builder, update.value, acrossInputs(builder, update, factor)),
      };
    }),
});

/**
 * `[kh, kw]` as `[I, kh, kw]`: onnxruntime broadcasts in runs as long as the smaller operand, and runs of nine elements
 * take it five times as long.
 */
function acrossInputs(builder: TypedBuilder, { value }: Update, factor: Value): Value {
  const [dims, own] = [builder.dims(value), builder.dims(factor)];
  if (own.length < 2 || own.length + 2 !== dims.length) return factor;
  return expand(builder, factor, dims.slice(1));
}
