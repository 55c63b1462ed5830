import { normal, uniform } from '../../tensor/index.js';

/** Uniform numbers in [0, 1). */
export type Random = () => number;

/** One seed from several numbers, each of which changes all of its bits (the finalizer of MurmurHash3). */
export function mixedSeed(...numbers: readonly number[]): number {
  let seed = 0;
  for (const number of numbers) {
    seed = Math.imul(seed ^ number, 0x9e3779b1);
    seed = Math.imul(seed ^ (seed >>> 16), 0x85ebca6b);
    seed = Math.imul(seed ^ (seed >>> 13), 0xc2b2ae35);
    seed = (seed ^ (seed >>> 16)) >>> 0;
  }
  return seed;
}

/** A whole number from 0 to below `end`. */
export const below = (end: number, random: Random): number => Math.floor(random() * end);

export const between = (least: number, most: number, random: Random): number =>
  least + (most - least) * random();

/** The numbers 0 to `count` − 1 in an order where each is equally likely (Fisher and Yates). */
export function permutation(count: number, random: Random): Int32Array {
  const order = Int32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = below(i + 1, random);
    const value = order[i] as number;
    order[i] = order[j] as number;
    order[j] = value;
  }
  return order;
}

/** A number of the gamma distribution with a shape of at least 1 (Marsaglia and Tsang 2000). */
function gammaFromOne(shape: number, random: Random, gaussian: Random): number {
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = gaussian();
    const v = (1 + c * x) ** 3;
    const u = 1 - random();
    if (v > 0 && Math.log(u) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** A number of the symmetric beta distribution Beta(α, α). */
export function beta(alpha: number, random: Random): number {
  const gaussian = normal(below(2 ** 32, random));
  const numbers = uniform(below(2 ** 32, random));
  // Shapes below 1 by the logarithm of G(α) = G(α + 1)·u^(1/α), which would vanish for small α.
  const logGamma = () =>
    Math.log(gammaFromOne(alpha + 1, numbers, gaussian)) + Math.log(1 - numbers()) / alpha;
  return 1 / (1 + Math.exp(logGamma() - logGamma()));
}
