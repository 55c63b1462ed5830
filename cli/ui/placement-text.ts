import type { Placement } from '../../src/runtime/index.js';

/** `2 Gather, 1 Shape`: the operators that a device left to the CPU; null for none. */
export function fallbackText(placement: Placement | null | undefined): string | null {
  const fallbacks = Object.entries(placement?.fallbacks ?? {});
  return fallbacks.length === 0
    ? null
    : fallbacks.map(([opType, count]) => `${count} ${opType}`).join(', ');
}
