import type { Mixable } from './step.js';

/** Replaces targets by `share` of themselves and the rest of those of the partners. */
export function mixTargets({ targets, count }: Mixable, partners: Int32Array, share: number): void {
  const original = targets.slice();
  const classes = targets.length / count;
  for (let i = 0; i < count; i++) {
    const partner = (partners[i] as number) * classes;
    for (let k = 0; k < classes; k++) {
      const at = i * classes + k;
      targets[at] =
        share * (original[at] as number) + (1 - share) * (original[partner + k] as number);
    }
  }
}
