import type { Value } from '../../../ir/index.js';
import { mul, neg, plus, times } from '../../arithmetic.js';
import type { TypedBuilder } from '../../builder.js';
import { positive } from '../../masks.js';
import type { GradientRule } from '../../rule.js';

/** 1 where a result of HardSigmoid lies between 0 and 1, 0 where it is one of them. */
export const rises = (b: TypedBuilder, y: Value): Value =>
  positive(b, mul(b, y, plus(b, neg(b, y), 1)));

/** HardSigmoid: `dx = alpha · dy` where `0 < y < 1`, else 0. */
export const hardSigmoid: GradientRule = {
  opTypes: ['HardSigmoid'],
  vjp({ builder: b, node, output, cotangent }) {
    return [mul(b, cotangent, times(b, rises(b, output), node.float('alpha', 0.2)))];
  },
};
