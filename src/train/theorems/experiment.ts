import type { OptimizerType } from '../../optimizers/index.js';
import { type Layer, network, plainNetwork } from './network/network.js';
import { scaled } from './network/scaled.js';
import { window } from './network/window.js';
import { optimizerNamed, type Side } from './side.js';

export const sgd = optimizerNamed('sgd');

/** {3×3, 1×1}, then the branches of ACB (arXiv:1908.03930), {3×3, 1×3, 3×1}, with stride 2. */
export const usualLayers: readonly Layer[] = [
  { branches: [window(3, 3), window(1, 1)] },
  { branches: [window(3, 3), window(1, 3), window(3, 1)], stride: 2 },
];

/** The same with scales. */
export const scaledLayers: readonly Layer[] = [
  { branches: [window(3, 3), scaled(1.5, window(1, 1))] },
  { branches: [window(3, 3), scaled(0.75, window(1, 3)), scaled(1.25, window(3, 1))], stride: 2 },
];

/** {3×3, 1×1} twice. */
export const pointwiseLayers: readonly Layer[] = [
  { branches: [window(3, 3), window(1, 1)] },
  { branches: [window(3, 3), window(1, 1)], stride: 2 },
];

/** How both networks learn. */
export interface Common extends Omit<Side, 'network' | 'scaling'> {
  /** What the one with a single convolution a layer learns with, if not the same. */
  readonly plainOptimizer?: OptimizerType;
  /** p in `G = Σ sᵖ M`, 2 by default. */
  readonly power?: number;
}

/** Branches, and a single convolution a layer that is scaled with G. */
export function sides(layers: readonly Layer[], common: Common): [Side, Side] {
  const { plainOptimizer, power, ...side } = common;
  const branched = network(layers);
  return [
    { ...side, network: branched },
    {
      ...side,
      optimizer: plainOptimizer ?? side.optimizer,
      network: plainNetwork(branched),
      scaling: branched.scaling(power),
    },
  ];
}

export const always = (rate: number) => (): number => rate;
