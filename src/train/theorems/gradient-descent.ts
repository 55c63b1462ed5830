import { difference } from './compare.js';
import { always, scaledLayers, sgd, sides, usualLayers } from './experiment.js';
import type { Factors } from './network/merged.js';
import { type Layer, network, plainNetwork } from './network/network.js';
import { scaled } from './network/scaled.js';
import { singleTap, window } from './network/window.js';
import type { Context, Side } from './side.js';
import { exact, fails, type Theorem } from './theorem.js';

/** Five steps of warm-up, then half a cosine. */
const schedule = (step: number): number =>
  0.05 * Math.min(1, (1 + step) / 5) * (1 + 0.9 * Math.cos((Math.PI * step) / 40));

/** So near to 1 that ΣsM is nearly Σs²M. */
const closeScales: readonly Layer[] = [
  { branches: [window(3, 3), scaled(1.25, window(1, 1))] },
  { branches: [window(3, 3), scaled(1.125, window(1, 3))], stride: 2 },
];

const channelScales: readonly Layer[] = [
  { branches: [window(3, 3), scaled([0.5, 1.5, 0.75, 1.25], window(1, 1))] },
  { branches: [window(3, 3), scaled([1.5, 0.5, 1, 2], window(1, 3))], stride: 2 },
];

/** One branch a tap, each with another scale: √G for a G of any positive numbers. */
const anyScaling: Layer = {
  branches: Array.from({ length: 9 }, (_, tap) =>
    scaled((5 + ((7 * tap) % 9)) / 8, singleTap(Math.floor(tap / 3), tap % 3)),
  ),
};

const dilated: Layer = {
  branches: [window(5, 5), window(3, 3, { dilation: 2 }), window(3, 3)],
  kernel: 5,
};

function differentSplits(context: Context): Promise<number> {
  const [one, other] = [1, 2].map(
    (seed): Side => ({ network: network(usualLayers, { seed }), optimizer: sgd }),
  ) as [Side, Side];
  return difference(context, one, other);
}

const divided = ({ dims, values }: Factors, c: number): Factors => ({
  dims,
  values: values.map((value) => value / c),
});

/** (rate, decay, G) against (c · rate, decay / `decayBy`, G / c). */
function exchanged(context: Context, decay: number, c: number, decayBy: number): Promise<number> {
  const branched = network(usualLayers);
  const plain = plainNetwork(branched);
  const rest = [...plain.merged(plain.start).keys()].map((name): [string, Factors] => [
    name,
    { dims: [], values: Float64Array.of(1) },
  ]);
  const scaling = new Map([...rest, ...branched.scaling()]);
  const side = (factor: number, weightDecay: number): Side => ({
    network: plain,
    optimizer: sgd,
    options: { momentum: 0.9, weightDecay },
    rate: always(0.02 * factor),
    scaling: new Map([...scaling].map(([name, g]) => [name, divided(g, factor)])),
  });
  return difference(context, side(1, decay), side(c, decay / decayBy));
}

/** Stochastic gradient descent, where gradients are multiplied with G. */
export const gradientDescent: readonly Theorem[] = [
  exact(
    'T1',
    'SGD: branches learn as one convolution whose gradient is multiplied with G = ΣM',
    (c) => difference(c, ...sides(usualLayers, { optimizer: sgd })),
  ),
  exact('T2a', 'the same with momentum, dampening and a schedule', (c) => {
    const options = { momentum: 0.9, dampening: 0.1 };
    return difference(c, ...sides(usualLayers, { optimizer: sgd, options, rate: schedule }));
  }),
  exact('T2b', 'the same with Nesterov and L2, which is added after the scaling', (c) => {
    const options = { momentum: 0.9, nesterov: true, weightDecay: 0.02 };
    return difference(c, ...sides(usualLayers, { optimizer: sgd, options, rate: always(0.02) }));
  }),
  exact('T3a', 'branches with constant scales: G = Σs²M', (c) =>
    difference(c, ...sides(scaledLayers, { optimizer: sgd })),
  ),
  exact('T3b', 'scales for each output channel: so has G', (c) =>
    difference(c, ...sides(channelScales, { optimizer: sgd })),
  ),
  fails('C1', 'SGD with ΣsM instead of Σs²M', 8e-2, (c) =>
    difference(c, ...sides(closeScales, { optimizer: sgd, power: 1 })),
  ),
  exact('T7', '(rate, decay, G) is the same as (c·rate, decay/c, G/c): so G may have mean 1', (c) =>
    exchanged(c, 3 / 64, 3, 3),
  ),
  fails('C2', 'c·rate and G/c without decay/c', 1.1, (c) => exchanged(c, 15 / 64, 3, 1)),
  exact('T8', 'any G > 0 is that of one branch a tap with scales √G', (c) =>
    difference(c, ...sides([anyScaling, { ...anyScaling, stride: 2 }], { optimizer: sgd })),
  ),
  exact(
    'T9',
    'only the sum matters: any split of the weights into branches learns the same',
    differentSplits,
  ),
  exact('T18', 'a dilated branch is a mask of a grid in a larger kernel', (c) =>
    difference(c, ...sides([dilated, { ...dilated, stride: 2 }], { optimizer: sgd })),
  ),
];
