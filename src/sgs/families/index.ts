import { acb } from './acb.js';
import { dbb } from './dbb.js';
import type { ScalingFamily } from './family.js';
import { mobileone } from './mobileone.js';
import { repvgg } from './repvgg.js';

/** Every family of branches whose scaling can be used instead of a learned one. */
export const scalingFamilies: readonly ScalingFamily[] = [acb, dbb, mobileone, repvgg];

/** Divides by the mean, which leaves learning rate and weight decay as they are (theorem T7). */
export function meanOne(scaling: Float64Array): Float64Array {
  const mean = scaling.reduce((sum, value) => sum + value, 0) / scaling.length;
  return scaling.map((value) => value / mean);
}

export type { ScalingFamily } from './family.js';
