import { reshape as toDims } from '../../layout.js';
import type { GradientRule } from '../../rule.js';

/** Operators that give the same elements another shape: so does their gradient. */
export const reshape: GradientRule = {
  opTypes: ['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze'],
  vjp: (view) => [toDims(view.builder, view.cotangent, view.dims(0))],
};
