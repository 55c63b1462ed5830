import type { Extent } from '../images/geometry.js';
import type { Image } from '../images/image.js';
import type { Random } from './random.js';

/** Changes an image of bytes. The given one stays as it is. */
export interface PixelStep {
  readonly stage: 'pixels';
  /** The size of what comes out; null where that depends on what goes in. */
  readonly size: Extent | null;
  apply(image: Image, random: Random): Image;
}

/** Changes the normalised values of one image, where 0 is the mean of the data set. */
export interface ValueStep {
  readonly stage: 'values';
  /** @param values [C, H, W], changed in place. */
  apply(values: Float32Array, extent: Extent, random: Random): void;
}

/** Images that are mixed with each other. */
export interface Mixable extends Extent {
  /** [N, C, H, W] */
  readonly images: Float32Array;
  /** [N, K] */
  readonly targets: Float32Array;
  readonly count: number;
}

/** Changes the images of a batch together with their targets. */
export interface BatchStep {
  readonly stage: 'batch';
  /** @param batch changed in place. */
  apply(batch: Mixable, random: Random): void;
}

export type Step = PixelStep | ValueStep | BatchStep;

/** A number that an augmentation takes. */
export interface Parameter {
  readonly name: string;
  readonly otherwise: number;
  readonly least: number;
  readonly most: number;
  readonly whole?: boolean;
}

/** A way to change images at random. Steps are pure functions of what they are given and of random numbers. */
export interface Augmentation {
  readonly name: string;
  /** What it does, as one sentence. */
  readonly summary: string;
  readonly source: string;
  readonly parameters: readonly Parameter[];
  /** @param values one for each of `parameters`. */
  create(values: readonly number[]): Step;
}

/** The length of a side in pixels. */
export const pixels = (name: string, otherwise: number, least = 1): Parameter => ({
  name,
  otherwise,
  least,
  most: 8192,
  whole: true,
});
