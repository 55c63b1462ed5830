import type { Value } from '../../../ir/index.js';
import { add, filled, indicator, mul, square } from '../../arithmetic.js';
import type { TypedBuilder } from '../../builder.js';
import { sign } from '../../masks.js';
import type { GradientRule } from '../../rule.js';
import type { NodeView } from '../../view.js';
import { type Axis, convAttributes, extent, windowAxes } from '../conv/geometry.js';
import { spread } from './spread.js';

const power = (b: TypedBuilder, x: Value, exponent: number): Value =>
  exponent === 1 ? x : b.op('Pow', [x, b.scalar(exponent, x)]);

/** `|x|ᵖ` */
const magnitude = (b: TypedBuilder, x: Value, p: number): Value =>
  p === 2 ? square(b, x) : power(b, b.op('Abs', [x]), p);

/** Windows of the pool; one over the whole image for GlobalLpPool. */
function axesOf({ node }: NodeView, dims: readonly number[], result: readonly number[]): Axis[] {
  const spatial = dims.slice(2);
  const kernel = node.is('GlobalLpPool') ? spatial : (node.ints('kernel_shape') ?? []);
  return windowAxes(node, spatial, kernel, result.slice(2)).map((axis) => {
    // With ceil_mode the last window may reach farther than the pads.
    const end = axis.stride * (axis.output - 1) + extent(axis) - axis.input - axis.begin;
    return { ...axis, end: Math.max(0, end) };
  });
}

/** LpPool and GlobalLpPool: `y = (Σ |x|ᵖ)^(1/p)`, so that `dx = sign x · |x|ᵖ⁻¹ · y¹⁻ᵖ · dy`; 0 where y is 0. */
export const lpPool: GradientRule = {
  opTypes: ['LpPool', 'GlobalLpPool'],
  // The operator itself runs on the CPU alone.
  forward(view) {
    const { builder: b, node } = view;
    const [dims, x] = [view.dims(0), view.input(0)];
    const axes = axesOf(view, dims, view.resultDims(0));
    const [p, channels] = [node.int('p', 2), dims[1] as number];
    const ones = filled(b, [channels, 1, ...axes.map(({ kernel }) => kernel)], 1, x);
    const attributes = convAttributes({ axes, group: channels });
    const sums = b.op('Conv', [magnitude(b, x, p), ones], attributes);
    return { outputs: [power(b, sums, 1 / p)] };
  },
  vjp(view) {
    const { builder: b, node, cotangent, output: y } = view;
    const [dims, x, p] = [view.dims(0), view.input(0), node.int('p', 2)];
    const isZero = indicator(b, b.op('Equal', [y, b.scalar(0, y)]), y);
    const shares = p === 1 ? cotangent : mul(b, cotangent, power(b, add(b, y, isZero), 1 - p));
    const sums = spread(b, shares, dims[1] as number, axesOf(view, dims, b.dims(y)));
    if (p === 2) return [mul(b, x, sums)];
    const slope = p === 1 ? sign(b, x) : mul(b, sign(b, x), magnitude(b, x, p - 1));
    return [mul(b, slope, sums)];
  },
};
