import type { Value } from '../../../ir/index.js';
import { add, mul, neg, plus, square, times } from '../../arithmetic.js';
import type { TypedBuilder } from '../../builder.js';
import type { GradientRule } from '../../rule.js';
import type { NodeView } from '../../view.js';

type B = TypedBuilder;

const approximates = ({ node }: NodeView): boolean => node.string('approximate', 'none') === 'tanh';

/** Factor of `x³` in the approximation. */
const cubic = 0.044715;
const root = Math.sqrt(2 / Math.PI);

/** `½ · (1 + t)`: the normal distribution where t is erf(x / √2). */
const half = (b: B, t: Value): Value => times(b, plus(b, t, 1), 0.5);

/** `tanh(√(2/π) · (x + 0.044715 x³))`. */
function hyperbolic(b: B, x: Value): Value {
  const bent = plus(b, times(b, square(b, x), cubic), 1);
  return b.op('Tanh', [times(b, mul(b, x, bent), root)]);
}

/** Density of the normal distribution. */
function density(b: B, x: Value): Value {
  return times(b, b.op('Exp', [times(b, square(b, x), -0.5)]), root / 2);
}

/** Slope of the approximation of the normal distribution. */
function approximateDensity(b: B, x: Value): Value {
  const inner = plus(b, times(b, square(b, x), 3 * cubic), 1);
  const outer = plus(b, neg(b, square(b, hyperbolic(b, x))), 1);
  return times(b, mul(b, inner, outer), root / 2);
}

/** Gelu: `y = x · Φ(x)`, so that `dx = dy · (Φ + x · Φ′)`, with the normal distribution or its approximation by tanh. */
export const gelu: GradientRule = {
  opTypes: ['Gelu'],
  // Written out so that the gradient shares Φ.
  forward(view) {
    if (!view.needs[0]) return null;
    const { builder: b } = view;
    const x = view.input(0);
    const t = approximates(view) ? hyperbolic(b, x) : b.op('Erf', [times(b, x, Math.SQRT1_2)]);
    const distribution = half(b, t);
    return { outputs: [mul(b, x, distribution)], saved: { distribution } };
  },
  vjp(view) {
    const { builder: b, cotangent } = view;
    const x = view.input(0);
    const slope = approximates(view) ? approximateDensity(b, x) : density(b, x);
    return [mul(b, cotangent, add(b, view.saved('distribution'), mul(b, x, slope)))];
  },
};
