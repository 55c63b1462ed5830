import { parameterSeed } from '../../../models/initialization.js';
import { type Tensor, uniform } from '../../../tensor/index.js';

/** How much a layer asks for more branches. */
export interface LayerScore {
  readonly name: 'synflow' | 'snip' | 'random';
  /**
   * Of a batch.
   * @param seed of the layer at this moment
   */
  of(weight: Tensor, gradient: Tensor, seed: number): number;
}

function sumOf(a: Tensor, b: Tensor, term: (product: number) => number): number {
  const [x, y] = [a.toNumbers(), b.toNumbers()];
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += term((x[i] as number) * (y[i] as number));
  return sum;
}

/**
 * Under the names that the authors' code has for them. `synflow` is what they used; behind a convolution that a batch
 * norm follows it is zero but for rounding and epsilon, since the loss does not change with the weight's length.
 */
export const layerScores: readonly LayerScore[] = [
  {
    name: 'synflow',
    of: (weight, gradient) => sumOf(weight, gradient, (product) => product),
  },
  {
    name: 'snip',
    of: (weight, gradient) => sumOf(weight, gradient, Math.abs),
  },
  {
    name: 'random',
    of: (_weight, _gradient, seed) => uniform(seed)(),
  },
];

/** A seed of its own for each layer and epoch. */
export const scoreSeed = (seed: number, layer: string, epoch: number): number =>
  parameterSeed(seed, `${layer} in epoch ${epoch}`);
