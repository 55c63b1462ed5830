import { float, type Value } from '../../../src/ir/index.js';
import { dataTypes } from '../../../src/tensor/index.js';
import { Impossible, type Known, type Network } from './network.js';

/** One spatial axis of a window. */
export interface AxisWindow {
  readonly size: number;
  readonly stride: number;
  readonly dilation: number;
  readonly begin: number;
  readonly end: number;
}

export const channelsOf = (known: Known): number => known.dims[0]?.[1] as number;
export const rankOf = (known: Known): number => (known.dims[0]?.length as number) - 2;

/** The same channels everywhere, other spatial lengths. */
const images = (
  known: Known,
  channels: number,
  length: (length: number, axis: number) => number,
): number[][] => known.dims.map(([n = 0, , ...spatial]) => [n, channels, ...spatial.map(length)]);

const attributesOf = (axes: readonly AxisWindow[]) => ({
  strides: axes.map((a) => a.stride),
  dilations: axes.map((a) => a.dilation),
  pads: [...axes.map((a) => a.begin), ...axes.map((a) => a.end)],
});

const outputOf = (a: AxisWindow, length: number): number =>
  Math.floor((length + a.begin + a.end - a.dilation * (a.size - 1) - 1) / a.stride) + 1;

const groupOf = (net: Network, inputs: number, outputs: number): number => {
  const fits = [1, 2, 3, 4, 6].filter((g) => inputs % g === 0 && outputs % g === 0);
  return net.c.of(1, 1, ...fits);
};

/** Now and then the pads by name, where a name says the same. */
function padsOf(net: Network, x: Known, axes: readonly AxisWindow[]) {
  const { pads, ...others } = attributesOf(axes);
  if (!net.c.once(6) || axes.some((a) => a.dilation > 1)) return { pads, ...others };
  if (axes.every((a) => a.begin === 0 && a.end === 0)) return { auto_pad: 'VALID', ...others };
  for (const mode of ['SAME_UPPER', 'SAME_LOWER']) {
    const says = axes.every((a, i) =>
      x.dims.every((dims) => {
        const length = dims[i + 2] as number;
        const total = Math.max(0, (Math.ceil(length / a.stride) - 1) * a.stride + a.size - length);
        const [less, more] = [Math.floor(total / 2), Math.ceil(total / 2)];
        const [begin, end] = mode === 'SAME_UPPER' ? [less, more] : [more, less];
        return a.begin === begin && a.end === end;
      }),
    );
    if (says) return { auto_pad: mode, ...others };
  }
  return { pads, ...others };
}

export function conv(
  net: Network,
  x: Known,
  outputs: number,
  axes: readonly AxisWindow[],
  bias: Value | null,
): Known {
  if (axes.some((a) => a.begin < 0 || a.end < 0)) throw new Impossible();
  const inputs = channelsOf(x);
  const group = groupOf(net, inputs, outputs);
  const weight = net.weights([outputs, inputs / group, ...axes.map((a) => a.size)]);
  const value = net.b.op('Conv', bias ? [x.value, weight, bias] : [x.value, weight], {
    ...padsOf(net, x, axes),
    group,
  });
  return net.result(
    value,
    images(x, outputs, (l, i) => outputOf(axes[i] as AxisWindow, l)),
  );
}

export const point: AxisWindow = { size: 1, stride: 1, dilation: 1, begin: 0, end: 0 };

export function pointwiseConv(net: Network, x: Known, outputs: number, bias: Value | null): Known {
  const axes = Array.from({ length: rankOf(x) }, () => point);
  return conv(net, x, outputs, axes, bias);
}

export const biasOf = (net: Network, outputs: number): Value =>
  net.constant([outputs], net.halves(outputs));

/** AveragePool; pads below the kernel size, as onnxruntime asks for. */
export function averagePool(net: Network, x: Known, axes: readonly AxisWindow[]): Known {
  const beyond = axes.some((a) => a.begin < 0 || a.end < 0 || a.begin >= a.size || a.end >= a.size);
  if (beyond) throw new Impossible();
  const padded = axes.some((a) => a.begin + a.end > 0);
  const include = padded ? net.c.of(1, 1, 1, 1, 1, 1, 1, 0) : net.c.of(0, 1);
  const { strides, pads } = attributesOf(axes);
  const value = net.b.op('AveragePool', [x.value], {
    ...{ strides, pads, kernel_shape: axes.map((a) => a.size), count_include_pad: include },
    ...(net.c.once(6) ? { ceil_mode: 1 } : {}),
    ...(net.opset >= 19 ? { dilations: axes.map((a) => a.dilation) } : {}),
  });
  const ceil = value.producer?.int('ceil_mode', 0) === 1;
  if (net.opset < 19 && axes.some((a) => a.dilation !== 1)) throw new Impossible();
  const dims = images(x, channelsOf(x), (l, i) => {
    const a = axes[i] as AxisWindow;
    const rest = (l + a.begin + a.end - a.dilation * (a.size - 1) - 1) % a.stride;
    // How far the last window may hang over is told differently from opset to opset.
    if (ceil && rest !== 0) throw new Impossible();
    return outputOf(a, l);
  });
  return net.result(value, dims);
}

/** Pad by (begin, end) an axis, negative to crop. */
export function pad(
  net: Network,
  x: Known,
  moves: readonly (readonly [number, number])[],
  fill: number,
): Known {
  const { b } = net;
  const pads = [0, 0, ...moves.map(([begin]) => begin), 0, 0, ...moves.map(([, end]) => end)];
  const value = fill === 0 && net.c.of(true, false) ? null : net.number(fill);
  const inputs = [x.value, b.int64s(pads), ...(value ? [value] : [])];
  return net.result(
    b.op('Pad', inputs),
    images(x, channelsOf(x), (l, i) => l + (moves[i]?.[0] as number) + (moves[i]?.[1] as number)),
  );
}

/** Slice of the spatial axes: crops (begin, end) elements, keeps every `step`-th. */
export function crop(
  net: Network,
  x: Known,
  moves: readonly (readonly [number, number])[],
  steps: readonly number[],
): Known {
  const { b } = net;
  const inputs = [
    moves.map(([begin]) => begin),
    moves.map(([, end]) => (end === 0 ? 2 ** 62 : -end)),
    moves.map((_, i) => (net.c.of(true, false) ? i + 2 : i - moves.length)),
    [...steps],
  ].map((list) => b.int64s(list));
  return net.result(
    b.op('Slice', [x.value, ...inputs]),
    images(x, channelsOf(x), (l, i) =>
      Math.ceil((l - (moves[i]?.[0] as number) - (moves[i]?.[1] as number)) / (steps[i] as number)),
    ),
  );
}

/** A random selection of channels by Gather or Slice. */
export function selectChannels(net: Network, x: Known): Known {
  const { b, c } = net;
  const channels = channelsOf(x);
  const axis = c.of(1, -1 - rankOf(x));
  if (c.of(true, false)) {
    const rows = Array.from({ length: c.of(channels, 1, 2, 3) }, () =>
      c.between(-channels, channels - 1),
    );
    const value = b.op('Gather', [x.value, b.int64s(rows)], { axis });
    return net.result(
      value,
      images(x, rows.length, (l) => l),
    );
  }
  const start = c.below(channels);
  const end = c.between(start + 1, channels);
  const step = c.of(1, 2);
  const lists = [[start], [end === channels ? 2 ** 40 : end], [axis], [step]];
  const value = b.op('Slice', [x.value, ...lists.map((list) => b.int64s(list))]);
  return net.result(
    value,
    images(x, Math.ceil((end - start) / step), (l) => l),
  );
}

/** Split into parts of the channels. */
export function split(net: Network, x: Known): Known[] {
  const { b, c } = net;
  const channels = channelsOf(x);
  if (channels < 2) throw new Impossible();
  const first = c.between(1, channels - 1);
  const equal = channels % 2 === 0 && c.of(true, false);
  const sizes = equal ? [channels / 2, channels / 2] : [first, channels - first];
  const axis = c.of(1, -1 - rankOf(x));
  const outputs =
    net.opset < 13
      ? b.ops('Split', [x.value], 2, { axis, split: sizes })
      : equal && net.opset >= 18
        ? b.ops('Split', [x.value], 2, { axis, num_outputs: 2 })
        : b.ops('Split', [x.value, b.int64s(sizes)], 2, { axis });
  return outputs.map((value, i) =>
    net.result(
      value,
      images(x, sizes[i] as number, (l) => l),
    ),
  );
}

export function concat(net: Network, parts: readonly Known[]): Known {
  const [first] = parts as [Known];
  const channels = parts.reduce((sum, part) => sum + channelsOf(part), 0);
  const value = net.b.op(
    'Concat',
    parts.map((part) => part.value),
    { axis: net.c.of(1, -1 - rankOf(first)) },
  );
  return net.result(
    value,
    images(first, channels, (l) => l),
  );
}

const epsilon = 2 ** -10;

/** Inference BatchNormalization whose standard deviations are powers of two. */
export function batchNormalization(net: Network, x: Known, shifts: boolean): Known {
  const channels = channelsOf(x);
  const list = (values: ArrayLike<number>): Value => net.constant([channels], values);
  const shift = (): Float64Array => (shifts ? net.halves(channels) : new Float64Array(channels));
  const variance = Array.from({ length: channels }, () => net.c.of(1, 4, 0.25) - epsilon);
  const inputs = [net.halves(channels), shift(), shift(), variance].map(list);
  const value = net.b.op('BatchNormalization', [x.value, ...inputs], { epsilon: float(epsilon) });
  return net.like(x, value);
}

/** A constant that broadcasts as one number a channel. */
function perChannel(net: Network, x: Known, values: (length: number) => Float64Array): Value {
  const channels = channelsOf(x);
  const rank = rankOf(x);
  const ones = Array<number>(rank).fill(1);
  const form = net.c.below(rank === 0 ? 4 : 5);
  if (form === 0) return net.constant([1, channels, ...ones], values(channels));
  if (form === 1) return net.constant([channels, ...ones], values(channels));
  if (form === 2) return net.constant([], values(1));
  if (form === 3) return net.constant([1], values(1));
  // The same number at every position of the last axis: only where lengths are fixed.
  if (x.dims.length > 1) return net.constant([channels, ...ones], values(channels));
  const length = x.dims[0]?.at(-1) as number;
  const each = [...values(channels)].flatMap((value) => Array<number>(length).fill(value));
  return net.constant([channels, ...ones.with(-1, length)], each);
}

const powers =
  (net: Network) =>
  (length: number): Float64Array =>
    Float64Array.from({ length }, () => net.c.of(2, -1, 0.5, -4));

/** One operator that keeps the shape. @param shifts may add constants */
export function pointwise(net: Network, x: Known, shifts: boolean): Known {
  const { b, c } = net;
  const shift = (): Value => perChannel(net, x, (length) => net.halves(length));
  const scale = (): Value => perChannel(net, x, powers(net));
  const scalings = [
    () => batchNormalization(net, x, shifts),
    () => net.like(x, b.op('Mul', c.of([x.value, scale()], [scale(), x.value]))),
    () => net.like(x, b.op('Div', [x.value, scale()])),
    () => net.like(x, b.op('Neg', [x.value])),
    () => net.like(x, b.op('Identity', [x.value])),
    () => net.like(x, b.op('Dropout', [x.value])),
    () => net.like(x, b.op('Cast', [x.value], { to: dataTypes[net.dtype].code })),
  ] as const;
  const shiftings = [
    () => net.like(x, b.op('Add', c.of([x.value, shift()], [shift(), x.value]))),
    () => net.like(x, b.op('Sub', c.of([x.value, shift()], [shift(), x.value]))),
    () => net.like(x, b.op('Sum', [x.value, shift()])),
  ];
  return c.of(...scalings, ...(shifts ? shiftings : []))();
}

export function pointwiseChain(net: Network, x: Known, most: number, shifts: boolean): Known {
  let result = x;
  for (let i = net.c.below(most + 1); i > 0; i--) result = pointwise(net, result, shifts);
  return result;
}
