import type { Value } from '../../../ir/index.js';
import { elementCount, Tensor } from '../../../tensor/index.js';
import { filled, indicator, mul } from '../../arithmetic.js';
import type { TypedBuilder } from '../../builder.js';
import { reshape } from '../../layout.js';
import type { GradientRule } from '../../rule.js';
import type { VjpView } from '../../view.js';
import { type Axis, windowAxes } from '../conv/geometry.js';
import { spread } from './spread.js';

/** ScatterElements sums from opset 16 on; indices come from the CPU alone. */
const usesIndices = (b: TypedBuilder): boolean => !b.portable && b.opset >= 16;

/** Adds every cotangent to the element whose index the pool returned. */
function byIndices(view: VjpView, indices: Value): Value {
  const { builder: b, cotangent } = view;
  const dims = view.dims(0);
  const size = b.size(view.input(0));
  const zeros = filled(b, [size], 0, cotangent);
  const flat = [reshape(b, indices, [b.size(indices)]), reshape(b, cotangent, [b.size(cotangent)])];
  // The indices count through the whole tensor [N, C, …].
  const sums = b.op('ScatterElements', [zeros, ...flat], { axis: 0, reduction: 'add' });
  return reshape(b, sums, dims);
}

/** One image for each tap of the window and channel: `[N, C, K, …output]`. */
function taps(b: TypedBuilder, x: Value, axes: readonly Axis[]): Value {
  const [batch = 1, channels = 1, ...positions] = b.dims(x);
  const kernel = axes.map((axis) => axis.kernel);
  const size = elementCount(kernel);
  const weight = new Float64Array(size * size);
  for (let i = 0; i < size; i++) weight[i * size + i] = 1;
  const tensor = Tensor.fromNumbers(b.dtype(x), [size, 1, ...kernel], weight);
  const ends = axes.map(({ input, output, stride, dilation, kernel: k, begin }) =>
    Math.max(0, stride * (output - 1) + dilation * (k - 1) + 1 - input - begin),
  );
  // One image a channel instead of one group: WebGPU has no groups in three dimensions.
  const images = reshape(b, x, [batch * channels, 1, ...positions]);
  const found = b.op('Conv', [images, b.constant(tensor, 'taps')], {
    strides: axes.map(({ stride }) => stride),
    dilations: axes.map(({ dilation }) => dilation),
    pads: [...axes.map(({ begin }) => begin), ...ends],
  });
  return reshape(b, found, [batch, channels, size, ...axes.map(({ output }) => output)]);
}

/** 1 where a tap lies on the image and 0 on its pads: `[1, 1, K, …output]`. */
function onImage(b: TypedBuilder, axes: readonly Axis[], like: Value): Value {
  const each = axes.map(({ input, output, kernel, stride, dilation, begin }) => ({
    kernel,
    output,
    inside: (t: number, o: number) => {
      const position = stride * o + dilation * t - begin;
      return position >= 0 && position < input;
    },
  }));
  const dims = [...each.map(({ kernel }) => kernel), ...each.map(({ output }) => output)];
  const values = new Float64Array(elementCount(dims));
  for (let i = 0; i < values.length; i++) {
    let rest = i;
    const position = dims.map(() => 0);
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      const length = dims[axis] as number;
      position[axis] = rest % length;
      rest = Math.floor(rest / length);
    }
    const inside = each.every((a, k) =>
      a.inside(position[k] as number, position[k + each.length] as number),
    );
    values[i] = inside ? 1 : 0;
  }
  const size = elementCount(each.map(({ kernel }) => kernel));
  const shape = [1, 1, size, ...each.map(({ output }) => output)];
  return b.constant(Tensor.fromNumbers(b.dtype(like), shape, values), 'inside');
}

/** The same in operators that every device has: each tap is compared with the maximum, and the first that equals it wins. */
function byComparison(view: VjpView): Value {
  const { builder: b, node, cotangent, output } = view;
  const [x, dims, result] = [view.input(0), view.dims(0), b.dims(cotangent)];
  const [batch = 1, channels = 1, ...positions] = result;
  const kernel = node.ints('kernel_shape') ?? [];
  const axes = windowAxes(node, dims.slice(2), kernel, positions);
  const size = elementCount(kernel);
  const stacked = taps(b, x, axes);
  const [maximum, dy] = [output, cotangent].map((value) =>
    reshape(b, value, [batch, channels, 1, ...positions]),
  ) as [Value, Value];
  const equal = indicator(b, b.op('Equal', [stacked, maximum]), dy);
  const candidates = mul(b, equal, onImage(b, axes, dy));
  const axis = b.constant(Tensor.fromNumbers('int64', [], [2]), 'axis');
  const before = b.op('CumSum', [candidates, axis], { exclusive: 1 });
  const first = indicator(b, b.op('Less', [before, b.scalar(1, dy)]), dy);
  const shares = mul(b, mul(b, candidates, first), dy);
  return spread(b, reshape(b, shares, [batch, channels * size, ...positions]), channels, axes);
}

/**
 * MaxPool: the cotangent of a window goes to its maximum, to the first in row-major order where several are equal (as
 * PyTorch has it).
 */
export const maxPool: GradientRule = {
  opTypes: ['MaxPool'],
  forward(view) {
    const { builder: b, node } = view;
    if (!usesIndices(b) || !view.needs[0]) return null;
    const attributes = Object.fromEntries(node.attributes);
    const [result, indices] = b.ops('MaxPool', [view.input(0)], 2, attributes) as [Value, Value];
    return { outputs: [result, indices], saved: { indices } };
  },
  vjp: (view) => [
    usesIndices(view.builder) ? byIndices(view, view.saved('indices')) : byComparison(view),
  ],
};
