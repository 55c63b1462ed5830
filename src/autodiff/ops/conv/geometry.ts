import type { Node } from '../../../ir/index.js';

/** One spatial axis of a convolution: output `o` reads input `stride·o + dilation·t − begin` at tap `t`. */
export interface Axis {
  readonly input: number;
  readonly output: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly begin: number;
  readonly end: number;
}

/** Input `[N, group · inputs, …]`, weight `[group · outputs, inputs, …]`, output `[N, group · outputs, …]`. */
export interface ConvGeometry {
  readonly batch: number;
  readonly group: number;
  /** Input channels of a group. */
  readonly inputs: number;
  /** Output channels of a group. */
  readonly outputs: number;
  readonly axes: readonly Axis[];
}

/** Kernel extent along an axis: the positions from its first tap to its last. */
export const extent = ({ kernel, dilation }: Axis): number => dilation * (kernel - 1) + 1;

interface WindowAttributes {
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly begins: readonly number[];
  readonly ends: readonly number[];
}

/** Strides, dilations and pads of Conv or a pool, `auto_pad` resolved. @param kernel its lengths */
function windowAttributes(
  node: Node,
  spatial: readonly number[],
  kernel: readonly number[],
): WindowAttributes {
  const ones = kernel.map(() => 1);
  const strides = node.ints('strides') ?? ones;
  const dilations = node.ints('dilations') ?? ones;
  const auto = node.string('auto_pad', 'NOTSET');
  if (auto === 'SAME_UPPER' || auto === 'SAME_LOWER') {
    const totals = spatial.map((length, i) => {
      const stride = strides[i] as number;
      const reach = (dilations[i] as number) * ((kernel[i] as number) - 1) + 1;
      return Math.max(0, (Math.ceil(length / stride) - 1) * stride + reach - length);
    });
    const small = totals.map((pads) => Math.floor(pads / 2));
    const large = totals.map((pads, i) => pads - (small[i] as number));
    return auto === 'SAME_UPPER'
      ? { strides, dilations, begins: small, ends: large }
      : { strides, dilations, begins: large, ends: small };
  }
  const pads = auto === 'VALID' ? null : node.ints('pads');
  const zeros = kernel.map(() => 0);
  const begins = pads?.slice(0, kernel.length) ?? zeros;
  const ends = pads?.slice(kernel.length) ?? zeros;
  return { strides, dilations, begins, ends };
}

/** @param spatial lengths of the input @param output lengths of the output */
export function windowAxes(
  node: Node,
  spatial: readonly number[],
  kernel: readonly number[],
  output: readonly number[],
): Axis[] {
  const { strides, dilations, begins, ends } = windowAttributes(node, spatial, kernel);
  return spatial.map((input, i) => ({
    input,
    output: output[i] as number,
    kernel: kernel[i] as number,
    stride: strides[i] as number,
    dilation: dilations[i] as number,
    begin: begins[i] as number,
    end: ends[i] as number,
  }));
}

/** @param x lengths `[N, C, …]` @param w lengths `[O, C / group, …]` */
export function convGeometry(node: Node, x: readonly number[], w: readonly number[]): ConvGeometry {
  const group = node.int('group', 1);
  const [spatial, kernel] = [x.slice(2), w.slice(2)];
  return {
    batch: x[0] as number,
    group,
    inputs: w[1] as number,
    outputs: (w[0] as number) / group,
    axes: windowAxes(node, spatial, kernel, spatial).map((axis) => {
      const { input, stride, begin, end } = axis;
      return { ...axis, output: Math.floor((input + begin + end - extent(axis)) / stride) + 1 };
    }),
  };
}

/** Attributes of a Conv with this geometry. */
export const convAttributes = ({ axes, group }: Pick<ConvGeometry, 'axes' | 'group'>) => ({
  group,
  strides: axes.map(({ stride }) => stride),
  dilations: axes.map(({ dilation }) => dilation),
  pads: [...axes.map(({ begin }) => begin), ...axes.map(({ end }) => end)],
});
