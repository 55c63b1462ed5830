import type { Dim } from '../../../src/ir/index.js';
import { Choices } from '../../reference/choices.js';
import { type Known, Network, type RandomModel } from './network.js';
import { batchNormalization, channelsOf, conv, pointwise } from './operators.js';
import type { Decisions } from './search.js';

const area = (x: Known): number => x.dims[0]?.slice(1).reduce((a, b) => a * b, 1) as number;

/** A convolution that keeps the size of its images. */
function sameConv(net: Network, x: Known, outputs: number): Known {
  const axes = Array.from({ length: (x.dims[0]?.length as number) - 2 }, () => {
    const half = net.c.of(1, 0);
    return { size: 2 * half + 1, stride: 1, dilation: 1, begin: half, end: half };
  });
  const bias = net.c.of(null, net.constant([outputs], net.halves(outputs)));
  return conv(net, x, outputs, axes, bias);
}

function flattened(net: Network, x: Known): Known {
  const { b, c } = net;
  const batch = x.dims.map(([n]) => [n as number, area(x)]);
  if (c.of(true, false)) return net.result(b.op('Flatten', [x.value], { axis: 1 }), batch);
  return net.result(b.op('Reshape', [x.value, b.int64s([c.of(-1, 0), area(x)])]), batch);
}

function unflattened(net: Network, x: Known, like: Known, channels: number): Known {
  const [, , ...spatial] = like.dims[0] as readonly number[];
  const shape = net.b.int64s([-1, channels, ...spatial]);
  const dims = x.dims.map(([n]) => [n as number, channels, ...spatial]);
  return net.result(net.b.op('Reshape', [x.value, shape]), dims);
}

function dense(net: Network, x: Known, columns: number): Known {
  const weight = net.weights([x.dims[0]?.[1] as number, columns]);
  const bias = net.constant([columns], net.halves(columns));
  const dims = x.dims.map(([n]) => [n as number, columns]);
  if (net.c.of(true, false)) return net.result(net.b.op('Gemm', [x.value, weight, bias]), dims);
  return net.result(net.b.op('Add', [net.b.op('MatMul', [x.value, weight]), bias]), dims);
}

/** RepMLP: fully connected and convolution branches on images of a known size, joined as images or as vectors. */
function block(net: Network, x: Known): Known {
  const { c } = net;
  const channels = c.of(channelsOf(x), 1, 2);
  const columns = (area(x) / channelsOf(x)) * channels;
  const parts = Array.from({ length: c.of(2, 1, 3) }, () => {
    const kind = c.below(3);
    if (kind === 0) {
      const vector = dense(net, flattened(net, c.of(x, sameConv(net, x, 2))), columns);
      return unflattened(net, vector, x, channels);
    }
    const image = sameConv(net, x, channels);
    return kind === 1 ? batchNormalization(net, image, true) : pointwise(net, image, true);
  });
  const [first, ...others] = parts as [Known, ...Known[]];
  let sum = first;
  for (const part of others) sum = net.like(first, net.b.op('Add', [sum.value, part.value]));
  return c.of(sum, net.like(sum, net.b.op('Relu', [sum.value])));
}

/** A network of fully connected and convolution branches on small images of known size. */
export function randomBlocks([header = [], ...rest]: Decisions): RandomModel {
  const c = new Choices(header);
  const net = new Network(c);
  const batch = c.of<Dim>('N', 2);
  const image = [c.of(2, 1), ...c.of([3, 2], [4], [2, 3])];
  net.input('x', [batch, ...image], [[2, ...image]]);
  const typed = c.of(false, true);
  for (const numbers of rest.slice(0, 2)) {
    net.decideBy(new Choices(numbers));
    const result = net.attempt(() => block(net, net.any()));
    if (result) net.keep(result);
  }
  return net.finish(typed);
}
