import { Impossible, type Known, type Network } from './network.js';
import {
  type AxisWindow,
  averagePool,
  biasOf,
  channelsOf,
  concat,
  conv,
  crop,
  pad,
  pointwiseChain,
  pointwiseConv,
  rankOf,
  selectChannels,
  split,
} from './operators.js';

/** What all branches of a block must lead to: `⌊(L − 1 + extent) / stride⌋ + 1` positions an axis. */
interface Target {
  readonly channels: number;
  readonly stride: readonly number[];
  readonly extent: readonly number[];
}

export const someChannels = (net: Network): number => net.c.of(2, 1, 3, 4, 6);

/** A window with given stride and extent; begin pads anywhere between none and all. */
function axisWindow(net: Network, stride: number, extent: number, pads: boolean): AxisWindow {
  const { c } = net;
  if (!pads) {
    // Without pads the kernel's reach is the extent.
    const dilation = extent % 2 === 0 ? c.of(1, 2) : 1;
    return { size: 1 - extent / dilation, stride, dilation, begin: 0, end: 0 };
  }
  let [size, dilation] = [c.of(3, 1, 2, 3, 5), c.of(1, 1, 2, 3)];
  if (dilation * (size - 1) + extent < 0) [size, dilation] = [1 - extent, 1];
  const total = dilation * (size - 1) + extent;
  const begin = c.of(Math.floor(total / 2), Math.floor(total / 2), c.below(total + 1));
  return { size, stride, dilation, begin, end: total - begin };
}

const windows = (
  net: Network,
  stride: readonly number[],
  extent: readonly number[],
  pads = true,
): AxisWindow[] => stride.map((s, i) => axisWindow(net, s, extent[i] as number, pads));

const maybeBias = (net: Network, outputs: number, often: boolean) =>
  (often ? net.c.of(true, false) : net.c.once(8)) ? biasOf(net, outputs) : null;

type Branch = (net: Network, x: Known, target: Target, depth: number) => Known;

const single: Branch = (net, x, { channels, stride, extent }) => {
  const axes = windows(net, stride, extent);
  return conv(net, x, channels, axes, maybeBias(net, channels, true));
};

const bare: Branch = (net, x, { channels, stride, extent }) => {
  if (channelsOf(x) !== channels) throw new Impossible();
  let result = x;
  if (extent.some((e) => e > 0)) {
    const moves = extent.map((e) => {
      const begin = e > 0 ? net.c.below(e + 1) : 0;
      return [begin, Math.max(0, e) - begin] as const;
    });
    result = pad(net, result, moves, 0);
  }
  if (extent.some((e) => e < 0) || stride.some((s) => s > 1)) {
    const moves = extent.map((e) => {
      const begin = e < 0 ? net.c.below(1 - e) : 0;
      return [begin, Math.max(0, -e) - begin] as const;
    });
    result = crop(net, result, moves, stride);
  }
  return result;
};

/** 1×1, then k×k. A bias before padding is the one thing that must not merge. */
const narrowThenWide: Branch = (net, x, { channels, stride, extent }) => {
  const middle = someChannels(net);
  const first = pointwiseConv(net, x, middle, maybeBias(net, middle, false));
  const scaled = pointwiseChain(net, first, 1, net.c.once(8));
  return conv(net, scaled, channels, windows(net, stride, extent), maybeBias(net, channels, true));
};

const wideThenNarrow: Branch = (net, x, { channels, stride, extent }) => {
  const middle = someChannels(net);
  const first = conv(net, x, middle, windows(net, stride, extent), maybeBias(net, middle, true));
  const shifted = pointwiseChain(net, first, 1, true);
  return pointwiseConv(net, shifted, channels, maybeBias(net, channels, true));
};

/** Two windows in a row, the second without pads; the stride in either. */
const wideThenWide: Branch = (net, x, { channels, stride, extent }) => {
  const middle = someChannels(net);
  const early = net.c.of(false, true);
  const reach = extent.map(() => net.c.of(2, 1, 0, 4));
  const before = extent.map(
    (e, i) => e + (reach[i] as number) * (early ? (stride[i] as number) : 1),
  );
  const ones = stride.map(() => 1);
  const first = windows(net, early ? stride : ones, before);
  const inner = conv(net, x, middle, first, maybeBias(net, middle, true));
  const scaled = pointwiseChain(net, inner, 1, true);
  const second = windows(
    net,
    early ? ones : stride,
    reach.map((r) => 0 - r),
    false,
  );
  return conv(net, scaled, channels, second, maybeBias(net, channels, true));
};

/** Pad or Slice, then a convolution that makes up for it. */
const movedConv: Branch = (net, x, { channels, stride, extent }) => {
  const rank = rankOf(x);
  const some = (): [number, number][] =>
    Array.from({ length: rank }, () => [net.c.below(3), net.c.below(3)]);
  const moves = some();
  const padding = net.c.of(true, false);
  const total = moves.map(([begin, end]) => (padding ? begin + end : -begin - end));
  const steps = stride.map(() => 1);
  const moved = padding ? pad(net, x, moves, net.c.once(8) ? 0.5 : 0) : crop(net, x, moves, steps);
  const rest = extent.map((e, i) => e - (total[i] as number));
  return conv(net, moved, channels, windows(net, stride, rest), maybeBias(net, channels, true));
};

/** A biased 1×1, its border filled with the bias, then a convolution without pads. */
const filledBorder: Branch = (net, x, { channels, stride, extent }) => {
  const middle = someChannels(net);
  const fill = net.c.of(0.5, 1, -1.5);
  const bias = net.constant([middle], Array<number>(middle).fill(fill));
  const inner = pointwiseConv(net, x, middle, bias);
  const reach = extent.map((e) => Math.max(2, e, -e));
  const moves = reach.map((r, i) => {
    const total = r + (extent[i] as number);
    const begin = net.c.below(total + 1);
    return [begin, total - begin] as const;
  });
  const filled = pad(net, inner, moves, net.c.once(6) ? 0 : fill);
  const axes = windows(
    net,
    stride,
    reach.map((r) => -r),
    false,
  );
  return net.c.of(true, false)
    ? conv(net, filled, channels, axes, maybeBias(net, channels, true))
    : pooled(net, filled, axes, channels);
};

function pooled(net: Network, x: Known, axes: readonly AxisWindow[], channels: number): Known {
  const result = averagePool(net, x, axes);
  return channelsOf(result) === channels ? result : pointwiseConv(net, result, channels, null);
}

const poolBranch: Branch = (net, x, { channels, stride, extent }) => {
  const start = net.c.of(true, false)
    ? x
    : pointwiseConv(net, x, channels, maybeBias(net, channels, false));
  const axes = stride.map((s, i): AxisWindow => {
    const size = net.c.of(2, 4, 3, 1);
    const total = size - 1 + (extent[i] as number);
    const begin = total > 0 ? net.c.of(Math.floor(total / 2), net.c.below(total + 1)) : 0;
    return { size, stride: s, dilation: 1, begin, end: total - begin };
  });
  if (net.c.of(true, false)) return pooled(net, start, axes, channels);
  if (axes.some((a) => a.end < 0)) throw new Impossible();
  const moved = pad(
    net,
    start,
    axes.map((a) => [a.begin, a.end]),
    0,
  );
  return pooled(
    net,
    moved,
    axes.map((a) => ({ ...a, begin: 0, end: 0 })),
    channels,
  );
};

const selected: Branch = (net, x, target, depth) => {
  const some = selectChannels(net, x);
  return anyBranch(net, some, target, depth);
};

const splitBranch: Branch = (net, x, target, depth) => {
  const parts = split(net, x);
  if (target.channels < 2 || net.c.of(true, false)) {
    return join(
      net,
      parts.map((part) => anyBranch(net, part, target, depth)),
    );
  }
  const first = net.c.between(1, target.channels - 1);
  const channels = [first, target.channels - first];
  const branches = parts.map((part, i) =>
    anyBranch(net, part, { ...target, channels: channels[i] as number }, depth),
  );
  return concat(net, branches);
};

const nested: Branch = (net, x, target, depth) => block(net, x, target, depth + 1);

const stacked: Branch = (net, x, target, depth) => {
  if (target.channels < 2) throw new Impossible();
  const first = net.c.between(1, target.channels - 1);
  const parts = [first, target.channels - first].map((channels) =>
    anyBranch(net, x, { ...target, channels }, depth),
  );
  return concat(net, parts);
};

/** One channel that is added to all. */
const broadcastChannel: Branch = (net, x, target) => single(net, x, { ...target, channels: 1 }, 0);

const activated: Branch = (net, x, target, depth) =>
  anyBranch(net, net.like(x, net.b.op('Relu', [x.value])), target, depth);

const simple: readonly [Branch, ...Branch[]] = [
  ...([single, single, bare, narrowThenWide, wideThenNarrow, wideThenWide, movedConv] as const),
  ...[filledBorder, poolBranch, selected],
];
const compound = [nested, splitBranch, stacked];

/** A branch and what its neighbourhood may do to it: scale it, use a value inside twice. */
function anyBranch(net: Network, x: Known, target: Target, depth: number): Known {
  if (net.c.once(24)) return activated(net, x, target, 2);
  const branch = depth < 2 ? net.c.of(...simple, ...compound) : net.c.of(...simple);
  const result = pointwiseChain(net, branch(net, x, target, depth), 2, true);
  return net.c.once(12) ? net.keep(result) : result;
}

/** Add, Sub, Sum or Mean of values of one shape. */
export function join(net: Network, parts: readonly Known[]): Known {
  const [first, second] = parts as [Known, Known];
  if (parts.some((part) => !broadcasts(part, first))) throw new Impossible();
  const values = parts.map((part) => part.value);
  if (parts.length === 1) return first;
  const form = net.c.of('chain', 'chain', 'Sum', 'Mean');
  if (form !== 'chain') return net.like(first, net.b.op(form, values));
  return parts
    .slice(2)
    .reduce(
      (sum, part) =>
        net.like(
          first,
          net.b.op('Add', net.c.of([sum.value, part.value], [part.value, sum.value])),
        ),
      net.like(
        first,
        net.b.op(
          net.c.of('Add', 'Add', 'Sub'),
          net.c.of([first.value, second.value], [second.value, first.value]),
        ),
      ),
    );
}

/** True when `part` can be added to `whole` without making it larger. */
export const broadcasts = (part: Known, whole: Known): boolean =>
  part.dims.every((dims, variant) => {
    const lengths = whole.dims[variant] as readonly number[];
    return (
      dims.length === lengths.length &&
      dims.every((length, axis) => length === lengths[axis] || (axis > 0 && length === 1))
    );
  });

/** Branches from one value, joined. */
function block(net: Network, x: Known, target: Target, depth: number): Known {
  const parts: Known[] = [];
  for (let i = net.c.of(2, 1, 2, 3, depth > 0 ? 2 : 4); i > 0; i--) {
    const last = parts.length > 0 && net.c.once(12);
    const part = net.attempt(() =>
      last ? broadcastChannel(net, x, target, depth) : anyBranch(net, x, target, depth),
    );
    if (part) parts.push(part);
  }
  if (parts.length === 0) throw new Impossible();
  return pointwiseChain(net, join(net, parts), 2, true);
}

/** A block with a random target. */
export function randomBlock(net: Network, x: Known): Known {
  const rank = rankOf(x);
  const { c } = net;
  const same = c.of(true, true, false);
  const target: Target = {
    channels: c.of(channelsOf(x), someChannels(net)),
    stride: Array.from({ length: rank }, () => c.of(1, 1, 1, 2, 3)),
    extent: Array.from({ length: rank }, () => (same ? 0 : c.of(0, -2, -1, 1, 2))),
  };
  return block(net, x, target, 0);
}
