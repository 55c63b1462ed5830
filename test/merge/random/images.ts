import type { Dim } from '../../../src/ir/index.js';
import { Choices } from '../../reference/choices.js';
import { broadcasts, join, randomBlock, someChannels } from './branches.js';
import { Impossible, type Known, Network, type RandomModel, sameDims } from './network.js';
import {
  averagePool,
  biasOf,
  concat,
  conv,
  crop,
  pointwise,
  pointwiseConv,
  rankOf,
  selectChannels,
  split,
} from './operators.js';
import type { Decisions } from './search.js';
import { transposedBlock } from './transposed.js';

type Step = (net: Network, x: Known) => Known;

const relu: Step = (net, x) => net.like(x, net.b.op('Relu', [x.value]));

/** Any window at all: mostly what cannot merge with what comes before. */
const anyConv: Step = (net, x) => {
  const { c } = net;
  const axes = Array.from({ length: rankOf(x) }, () => ({
    ...{ size: c.of(1, 3, 2), stride: c.of(1, 1, 2), dilation: c.of(1, 1, 2) },
    ...{ begin: c.of(0, 1, 2), end: c.of(0, 1, 2) },
  }));
  const outputs = someChannels(net);
  return conv(net, x, outputs, axes, c.of(null, biasOf(net, outputs)));
};

const anyPool: Step = (net, x) => {
  const { c } = net;
  const axes = Array.from({ length: rankOf(x) }, () => {
    const size = c.of(2, 3);
    const pads = { begin: c.below(size), end: c.below(size) };
    return { size, stride: c.of(1, 2), dilation: c.of(1, 1, 2), ...pads };
  });
  return averagePool(net, x, axes);
};

const anyCrop: Step = (net, x) => {
  const moves = Array.from({ length: rankOf(x) }, () => [net.c.below(2), net.c.below(2)] as const);
  return crop(
    net,
    x,
    moves,
    moves.map(() => net.c.of(1, 1, 2)),
  );
};

/** A sum or a stack of values that happen to fit, from wherever. */
const freeJoin: Step = (net, x) => {
  const alike = net.values.filter((known) => broadcasts(known, x));
  const parts = [x, ...Array.from({ length: net.c.of(1, 2) }, () => net.c.of(x, ...alike))];
  if (net.c.of(true, true, false)) return join(net, parts);
  if (parts.some((part) => !sameDims(part, x))) throw new Impossible();
  return concat(net, parts);
};

const parts: Step = (net, x) => {
  const [first, second] = split(net, x) as [Known, Known];
  const channels = someChannels(net);
  net.keep(pointwiseConv(net, first, channels, null));
  return pointwiseConv(net, second, channels, biasOf(net, channels));
};

const steps: readonly [Step, ...Step[]] = [
  ...([randomBlock, randomBlock, randomBlock, randomBlock, relu, relu] as const),
  ...[anyConv, freeJoin, freeJoin, (net: Network, x: Known) => pointwise(net, x, true)],
  ...[anyPool, anyCrop, selectChannels, parts, transposedBlock, transposedBlock],
];

/** Symbolic, unknown and fixed lengths; symbolic ones differ from variant to variant. */
function shapes(c: Choices): { readonly shape: Dim[]; readonly dims: number[][] } {
  const rank = c.of(2, 2, 1, 3);
  const channels = c.of(2, 1, 3, 4, 6);
  const lengths = Array.from({ length: rank }, () => c.between(5, rank === 3 ? 7 : 11));
  const fixed = lengths.map(() => c.of(false, true));
  const batch = c.of<Dim>('N', 1, 2, null);
  const shape: Dim[] = [
    ...[batch, channels],
    ...lengths.map((length, i) =>
      fixed[i] ? length : c.of<Dim>(['H', 'W', 'D'][i] as string, null),
    ),
  ];
  const variants = fixed.every((f) => f) ? [0] : [0, 1, 2];
  const dims = variants.map((more) => [
    ...[typeof batch === 'number' ? batch : 2, channels],
    ...lengths.map((length, i) => (fixed[i] ? length : length + more)),
  ]);
  return { shape, dims };
}

/** A network on images `[N, C, D1…Dn]`. @param numbers what its decisions are made from, one list a step */
export function randomImages([header = [], ...rest]: Decisions): RandomModel {
  const c = new Choices(header);
  const net = new Network(c);
  const { shape, dims } = shapes(c);
  if (c.once(4)) net.input('y', shape, dims);
  if (c.once(6)) {
    const point = (lengths: readonly Dim[]) =>
      lengths.map((length, axis) => (axis < 2 ? length : 1));
    net.input('g', point(shape), dims.map(point) as number[][]);
  }
  net.input('x', shape, dims);
  const typed = c.of(false, true);
  for (const numbers of rest) {
    net.decideBy(new Choices(numbers));
    const step = net.c.of(...steps);
    const result = net.attempt(() => step(net, net.any()));
    if (result === null) continue;
    if (net.c.once(12) && result.value.producer) net.b.output(result.value);
    net.keep(result);
  }
  return net.finish(typed);
}
