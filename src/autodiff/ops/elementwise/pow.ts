import type { Value } from '../../../ir/index.js';
import { dataTypes } from '../../../tensor/index.js';
import { mul, plus, square, times } from '../../arithmetic.js';
import type { TypedBuilder } from '../../builder.js';
import { sumTo } from '../../reduce.js';
import type { GradientRule } from '../../rule.js';
import type { VjpView } from '../../view.js';

const like = (b: TypedBuilder, x: Value, other: Value): Value =>
  b.dtype(x) === b.dtype(other) ? x : b.op('Cast', [x], { to: dataTypes[b.dtype(other)].code });

/** `xᵖ` for a number `p` that is not 0. */
function power(b: TypedBuilder, x: Value, p: number): Value {
  if (p === 1) return x;
  return p === 2 ? square(b, x) : b.op('Pow', [x, b.scalar(p, x)]);
}

/** The exponent where it is one known number. */
function knownExponent(view: VjpView): number | null {
  const { constant } = view.input(1);
  return constant?.size === 1 ? (constant.toNumbers()[0] as number) : null;
}

/** `dy · e · xᵉ⁻¹`, null where `e` is 0. */
function baseGradient(view: VjpView): Value | null {
  const { builder: b, cotangent } = view;
  const x = view.input(0);
  const known = knownExponent(view);
  if (known === 0) return null;
  if (known === 1) return cotangent;
  if (known !== null) return mul(b, cotangent, times(b, power(b, x, known - 1), known));
  const exponent = like(b, view.input(1), x);
  const slope = mul(b, exponent, b.op('Pow', [x, plus(b, exponent, -1)]));
  const zero = b.scalar(0, x);
  // 0⁻¹ is infinite, and times an exponent of 0 not a number.
  return mul(b, cotangent, b.op('Where', [b.op('Equal', [exponent, zero]), zero, slope]));
}

/** `dy · y · ln x`, 0 where `x = 0` and `e ≥ 0`. */
function exponentGradient(view: VjpView): Value {
  const { builder: b, cotangent, output } = view;
  const x = view.input(0);
  const exponent = like(b, view.input(1), x);
  const zero = b.scalar(0, x);
  const slope = mul(b, output, b.op('Log', [x]));
  const atZero = b.op('Where', [b.op('Less', [exponent, zero]), slope, zero]);
  return mul(b, cotangent, b.op('Where', [b.op('Equal', [x, zero]), atZero, slope]));
}

/** Pow: `y = xᵉ`. */
export const pow: GradientRule = {
  opTypes: ['Pow'],
  vjp(view) {
    const { builder: b, needs } = view;
    const [x, exponent] = [view.input(0), view.input(1)];
    const dx = needs[0] ? baseGradient(view) : null;
    const de = needs[1] ? exponentGradient(view) : null;
    return [dx && sumTo(b, dx, b.dims(x)), de && like(b, sumTo(b, de, b.dims(exponent)), exponent)];
  },
};
