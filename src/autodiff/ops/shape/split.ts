import type { Value } from '../../../ir/index.js';
import { filled } from '../../arithmetic.js';
import { concat } from '../../layout.js';
import type { GradientRule } from '../../rule.js';

/** Split: the cotangents of the parts side by side, zeros where the loss does not depend on one. */
export const split: GradientRule = {
  opTypes: ['Split'],
  vjp({ builder: b, node, inputs, outputs, cotangents }) {
    const [x] = inputs as [Value];
    const rank = b.dims(x).length;
    const parts = outputs.map((part, i) => cotangents[i] ?? filled(b, b.dims(part as Value), 0, x));
    return [concat(b, parts, (node.int('axis', 0) + rank) % rank)];
  },
};
