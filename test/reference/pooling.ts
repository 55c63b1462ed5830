import type { Node } from '../../src/ir/index.js';
import { count, type NdArray, zeros } from './array.js';
import { readsOf, windowAxes } from './window.js';

/** `(Σ |x|ᵖ)^(1/p)` over the windows of each image, or over the whole of it. */
export function lpPool(node: Node, x: NdArray): NdArray {
  const [batch = 0, channels = 0, ...spatial] = x.dims;
  const [p, area] = [node.int('p', 2), count(spatial)];
  const size = node.ints('kernel_shape') ?? spatial;
  const axes = windowAxes(node, spatial, size);
  const reads = readsOf(axes);
  const y = zeros([batch, channels, ...axes.map((a) => a.output)]);
  for (let plane = 0; plane < batch * channels; plane++) {
    for (const [at, window] of reads.entries()) {
      let sum = 0;
      for (const { input } of window) sum += Math.abs(x.data[plane * area + input] as number) ** p;
      y.data[plane * reads.length + at] = sum ** (1 / p);
    }
  }
  return y;
}

/** `[N, C, …]` → `[N, C, 1, …]` */
export function globalMaxPool(x: NdArray): NdArray {
  const [batch = 0, channels = 0, ...spatial] = x.dims;
  const area = count(spatial);
  const y = zeros([batch, channels, ...spatial.map(() => 1)]);
  for (let i = 0; i < y.data.length; i++) {
    y.data[i] = Math.max(...x.data.subarray(i * area, (i + 1) * area));
  }
  return y;
}
