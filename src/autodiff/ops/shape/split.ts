import type { Value } from '../../../ir/index.js';
import { filled } from '../../arithmetic.js';
import { concat } from '../../layout.js';
import type { GradientRule } from '../../rule.js';

/** Split: the cotangents of the parts side by side, zeros where the loss does not depend on one. */
export const split: GradientRule = {
  opTypes: ['Split'],
  vjp(view) {
    const { builder: b, outputs, cotangents } = view;
    const x = view.input(0);
    const parts = outputs.map((part, i) => cotangents[i] ?? filled(b, b.dims(part as Value), 0, x));
    return [concat(b, parts, view.axis(0))];
  },
};
