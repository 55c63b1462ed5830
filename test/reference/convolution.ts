import type { Node } from '../../src/ir/index.js';
import { count, type NdArray, offsetOf, positions, zeros } from './array.js';
import { intsOr, readsOf, windowAxes } from './window.js';

/** `x [N, C, …]`, `w [O, C / group, k…]`, `b [O]`. */
export function conv(node: Node, x: NdArray, w: NdArray, b: NdArray | null): NdArray {
  const [batch = 0, channels = 0, ...spatial] = x.dims;
  const [outputs = 0, inputs = 0, ...size] = w.dims;
  const group = node.int('group', 1);
  if (inputs * group !== channels || outputs % group !== 0) throw new Error('Conv: bad channels');
  const axes = windowAxes(node, spatial, size);
  if (axes.some((a) => a.output < 1)) throw new Error('Conv: empty output');
  const reads = readsOf(axes);
  const y = zeros([batch, outputs, ...axes.map((a) => a.output)]);
  const [area, volume] = [count(spatial), count(size)];
  let at = 0;
  for (let n = 0; n < batch; n++) {
    for (let o = 0; o < outputs; o++) {
      const first = Math.floor(o / (outputs / group)) * inputs;
      for (const window of reads) {
        let sum = b ? (b.data[o] as number) : 0;
        for (let i = 0; i < inputs; i++) {
          const image = (n * channels + first + i) * area;
          const kernel = (o * inputs + i) * volume;
          for (const { tap, input } of window) {
            sum += (w.data[kernel + tap] as number) * (x.data[image + input] as number);
          }
        }
        y.data[at++] = sum;
      }
    }
  }
  return y;
}

/** `x [N, C, …]`, `w [C, O / group, k…]`, `b [O]`: every input adds its kernel to the output. */
export function convTranspose(node: Node, x: NdArray, w: NdArray, b: NdArray | null): NdArray {
  const [batch = 0, channels = 0, ...spatial] = x.dims;
  const [, outputsPerGroup = 0, ...size] = w.dims;
  const rank = size.length;
  const group = node.int('group', 1);
  if (node.ints('output_shape') || node.string('auto_pad', 'NOTSET') !== 'NOTSET') {
    throw new Error('ConvTranspose: only explicit pads');
  }
  const strides = intsOr(node, 'strides', rank, 1);
  const dilations = intsOr(node, 'dilations', rank, 1);
  const pads = intsOr(node, 'pads', 2 * rank, 0);
  const extra = intsOr(node, 'output_padding', rank, 0);
  const out = spatial.map(
    (length, i) =>
      (strides[i] as number) * (length - 1) +
      (dilations[i] as number) * ((size[i] as number) - 1) +
      1 +
      (extra[i] as number) -
      (pads[i] as number) -
      (pads[i + rank] as number),
  );
  if (out.some((length) => length < 1)) throw new Error('ConvTranspose: empty output');
  const outputs = outputsPerGroup * group;
  const y = zeros([batch, outputs, ...out]);
  const area = count(out);
  for (let i = 0; b && i < y.data.length; i++) {
    y.data[i] = b.data[Math.floor(i / area) % outputs] as number;
  }
  const writes = positions(spatial).flatMap((from, input) =>
    positions(size).flatMap((tap, t) => {
      const to = from.map(
        (p, axis) =>
          p * (strides[axis] as number) +
          (tap[axis] as number) * (dilations[axis] as number) -
          (pads[axis] as number),
      );
      const outside = to.some((p, axis) => p < 0 || p >= (out[axis] as number));
      return outside ? [] : [{ input, tap: t, output: offsetOf(out, to) }];
    }),
  );
  for (let n = 0; n < batch; n++) {
    for (let c = 0; c < channels; c++) {
      const first = Math.floor(c / (channels / group)) * outputsPerGroup;
      for (let o = 0; o < outputsPerGroup; o++) {
        const image = (n * channels + c) * count(spatial);
        const kernel = (c * outputsPerGroup + o) * count(size);
        const result = (n * outputs + first + o) * area;
        for (const { input, tap, output } of writes) {
          const product = (w.data[kernel + tap] as number) * (x.data[image + input] as number);
          y.data[result + output] = (y.data[result + output] as number) + product;
        }
      }
    }
  }
  return y;
}

/** The divisor counts the padding with count_include_pad, but never what lies beyond it. */
export function averagePool(node: Node, x: NdArray): NdArray {
  const [batch = 0, channels = 0, ...spatial] = x.dims;
  const size = node.ints('kernel_shape') ?? [];
  const axes = windowAxes(node, spatial, size);
  if (axes.some((a) => a.output < 1)) throw new Error('AveragePool: empty output');
  const include = node.int('count_include_pad', 0) === 1;
  const reads = readsOf(axes);
  const padded = readsOf(
    axes.map((a) => ({ ...a, input: a.input + a.begin + a.end, begin: 0, end: 0 })),
  );
  const y = zeros([batch, channels, ...axes.map((a) => a.output)]);
  const area = count(spatial);
  for (let plane = 0; plane < batch * channels; plane++) {
    for (const [at, window] of reads.entries()) {
      let sum = 0;
      for (const { input } of window) sum += x.data[plane * area + input] as number;
      const divisor = include ? (padded[at] as unknown[]).length : window.length;
      y.data[plane * reads.length + at] = sum / divisor;
    }
  }
  return y;
}

/** `[N, C, …]` → `[N, C, 1, …]` */
export function globalAveragePool(x: NdArray): NdArray {
  const [batch = 0, channels = 0, ...spatial] = x.dims;
  const area = count(spatial);
  const y = zeros([batch, channels, ...spatial.map(() => 1)]);
  for (let i = 0; i < y.data.length; i++) {
    const plane = x.data.subarray(i * area, (i + 1) * area);
    y.data[i] = plane.reduce((sum, value) => sum + value, 0) / area;
  }
  return y;
}
