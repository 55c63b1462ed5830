import { join, someChannels } from './branches.js';
import { Impossible, type Known, type Network } from './network.js';
import { biasOf, channelsOf, crop, pointwiseChain, pointwiseConv, rankOf } from './operators.js';

/** One spatial axis: `stride·(L − 1) + 1 + extent` positions. */
interface Target {
  readonly stride: number;
  readonly extent: number;
}

function convTranspose(net: Network, x: Known, outputs: number, target: readonly Target[]): Known {
  const { c, b } = net;
  const inputs = channelsOf(x);
  const axes = target.map(({ stride, extent }) => {
    const [size, dilation, extra] = [c.of(3, 2, 1, 4), c.of(1, 1, 2), c.below(stride)];
    const total = dilation * (size - 1) + extra - extent;
    if (total < 0) throw new Impossible();
    const begin = c.of(Math.floor(total / 2), c.below(total + 1));
    return { size, dilation, stride, extra, begin, end: total - begin };
  });
  const group = c.of(1, ...[2, 3].filter((g) => inputs % g === 0 && outputs % g === 0));
  const weight = net.weights([inputs, outputs / group, ...axes.map((a) => a.size)]);
  const bias = c.of(true, false) ? [biasOf(net, outputs)] : [];
  const value = b.op('ConvTranspose', [x.value, weight, ...bias], {
    group,
    strides: axes.map((a) => a.stride),
    dilations: axes.map((a) => a.dilation),
    output_padding: axes.map((a) => a.extra),
    pads: [...axes.map((a) => a.begin), ...axes.map((a) => a.end)],
  });
  const dims = x.dims.map(([n = 0, , ...spatial]) => [
    ...[n, outputs],
    ...spatial.map((length, i) => {
      const { stride, extent } = target[i] as Target;
      return stride * (length - 1) + 1 + extent;
    }),
  ]);
  return net.result(value, dims);
}

/** A 1×1 convolution before or after it changes none of its geometry. */
function branch(net: Network, x: Known, outputs: number, target: readonly Target[]): Known {
  const { c } = net;
  if (c.of(true, false)) {
    const middle = c.of(x, pointwiseChain(net, x, 1, false));
    return pointwiseChain(net, convTranspose(net, middle, outputs, target), 2, true);
  }
  const middle = someChannels(net);
  if (c.of(true, false)) {
    const narrow = pointwiseConv(net, x, middle, c.once(6) ? biasOf(net, middle) : null);
    return convTranspose(net, narrow, outputs, target);
  }
  const wide = convTranspose(net, x, middle, target);
  return pointwiseConv(net, wide, outputs, c.of(null, biasOf(net, outputs)));
}

/** Parallel transposed convolutions with one output window. */
export function transposedBlock(net: Network, x: Known): Known {
  const { c } = net;
  const target = Array.from({ length: rankOf(x) }, () => ({
    stride: c.of(2, 1, 3),
    extent: c.of(1, 0, 2),
  }));
  // Images that grow in every step would soon be too large to follow.
  if (x.dims.some((dims) => dims.slice(2).reduce((a, b) => a * b, 1) > 300)) throw new Impossible();
  const outputs = someChannels(net);
  const parts: Known[] = [];
  for (let i = c.of(2, 1, 3); i > 0; i--) {
    const part = net.attempt(() => branch(net, x, outputs, target));
    if (part) parts.push(part);
  }
  if (parts.length === 0) throw new Impossible();
  const sum = pointwiseChain(net, join(net, parts), 1, true);
  if (!c.once(4)) return sum;
  const moves = target.map(() => [c.below(2), c.below(2)] as const);
  return crop(
    net,
    sum,
    moves,
    moves.map(() => 1),
  );
}
