import type { Value } from '../../../ir/index.js';
import { elementCount, Tensor } from '../../../tensor/index.js';
import { div } from '../../arithmetic.js';
import type { TypedBuilder } from '../../builder.js';
import { expand, pad, reshape } from '../../layout.js';
import type { GradientRule } from '../../rule.js';
import { type Axis, windowAxes } from '../conv/geometry.js';
import { spread } from './spread.js';

/** How many positions each window divides by, along one axis. @param padsCount whether pads are counted */
function counts(
  { input, output, kernel, stride, dilation, begin, end }: Axis,
  padsCount: boolean,
): number[] {
  const [low, high] = padsCount ? [-begin, input + end] : [0, input];
  return Array.from({ length: output }, (_, o) => {
    const taps = Array.from({ length: kernel }, (_, t) => o * stride - begin + t * dilation);
    return taps.filter((position) => position >= low && position < high).length;
  });
}

/** What each window divides by: a constant [1, 1, …output]. */
function divisors(b: TypedBuilder, axes: readonly Axis[], padsCount: boolean, like: Value): Value {
  const each = axes.map((axis) => counts(axis, padsCount));
  const products = each.reduce<number[]>(
    (all, lengths) => all.flatMap((product) => lengths.map((length) => product * length)),
    [1],
  );
  const dims = [1, 1, ...axes.map(({ output }) => output)];
  return b.constant(Tensor.fromNumbers(b.dtype(like), dims, products), 'divisors');
}

/** Windows that lie side by side: every value is repeated over its own. */
function repeated(b: TypedBuilder, share: Value, axes: readonly Axis[]): Value {
  const [batch = 1, channels = 1] = b.dims(share);
  const spaced = axes.flatMap(({ output }) => [output, 1]);
  const filled = axes.flatMap(({ output, kernel }) => [output, kernel]);
  const covered = axes.map(({ output, kernel }) => output * kernel);
  const wide = expand(b, reshape(b, share, [batch, channels, ...spaced]), [
    batch,
    channels,
    ...filled,
  ]);
  const unread = axes.map(({ input }, i) => input - (covered[i] as number));
  return pad(b, reshape(b, wide, [batch, channels, ...covered]), [
    ...[0, 0],
    ...axes.map(() => 0),
    ...[0, 0],
    ...unread,
  ]);
}

/** AveragePool: the cotangent of a window is shared among the positions that it averages. */
export const averagePool: GradientRule = {
  opTypes: ['AveragePool'],
  vjp(view) {
    const { builder: b, node, cotangent } = view;
    const [dims, result] = [view.dims(0), b.dims(cotangent)];
    const kernel = node.ints('kernel_shape') ?? [];
    const axes = windowAxes(node, dims.slice(2), kernel, result.slice(2));
    const padsCount = node.int('count_include_pad', 0) !== 0;
    const whole = axes.every((axis) => counts(axis, padsCount).every((n) => n === axis.kernel));
    const share = whole
      ? div(b, cotangent, b.scalar(elementCount(kernel), cotangent))
      : div(b, cotangent, divisors(b, axes, padsCount, cotangent));
    const apart = axes.every((a) => a.stride === a.kernel && a.dilation === 1 && a.begin === 0);
    const fits = axes.every((a) => a.output * a.kernel <= a.input);
    if (apart && fits) return [repeated(b, share, axes)];
    return [spread(b, share, dims[1] as number, axes)];
  },
};
