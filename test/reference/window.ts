import type { Node } from '../../src/ir/index.js';
import { positions } from './array.js';

/** Geometry of one spatial axis. */
export interface Axis {
  readonly input: number;
  readonly output: number;
  readonly size: number;
  readonly stride: number;
  readonly dilation: number;
  readonly begin: number;
  readonly end: number;
}

export const intsOr = (node: Node, name: string, length: number, fallback: number): number[] => [
  ...(node.ints(name) ?? Array<number>(length).fill(fallback)),
];

/** Conv and AveragePool: `⌊(L + pads − (d·(k−1) + 1)) / s⌋ + 1`, rounded up with ceil_mode. */
export function windowAxes(node: Node, input: readonly number[], size: readonly number[]): Axis[] {
  const rank = size.length;
  const strides = intsOr(node, 'strides', rank, 1);
  const dilations = intsOr(node, 'dilations', rank, 1);
  const pads = intsOr(node, 'pads', 2 * rank, 0);
  const auto = node.string('auto_pad', 'NOTSET');
  return size.map((k, i) => {
    const [length, stride, dilation] = [input[i], strides[i], dilations[i]] as number[] as [
      number,
      number,
      number,
    ];
    const extent = dilation * (k - 1) + 1;
    let [begin, end] = [pads[i] as number, pads[i + rank] as number];
    if (auto === 'VALID') [begin, end] = [0, 0];
    if (auto === 'SAME_UPPER' || auto === 'SAME_LOWER') {
      const total = Math.max(0, (Math.ceil(length / stride) - 1) * stride + extent - length);
      const less = Math.floor(total / 2);
      [begin, end] = auto === 'SAME_UPPER' ? [less, total - less] : [total - less, less];
    }
    const steps = (length + begin + end - extent) / stride;
    let output = (node.int('ceil_mode', 0) === 1 ? Math.ceil(steps) : Math.floor(steps)) + 1;
    // The last window of a pool must start inside the image or its first padding.
    if (node.int('ceil_mode', 0) === 1 && (output - 1) * stride >= length + begin) output--;
    return { input: length, output, size: k, stride, dilation, begin, end };
  });
}

/** A tap that falls on the image: its index in the kernel and the index of what it reads. */
export interface Read {
  readonly tap: number;
  readonly input: number;
}

/** For each output position, in row-major order, what the window reads there. */
export function readsOf(axes: readonly Axis[]): Read[][] {
  return positions(axes.map((a) => a.output)).map((out) => {
    const reads: Read[] = [];
    positions(axes.map((a) => a.size)).forEach((kernel, tap) => {
      let input = 0;
      for (const [i, a] of axes.entries()) {
        const from = (out[i] as number) * a.stride - a.begin + (kernel[i] as number) * a.dilation;
        if (from < 0 || from >= a.input) return;
        input = input * a.input + from;
      }
      reads.push({ tap, input });
    });
    return reads;
  });
}
