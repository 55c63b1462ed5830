import type { Session } from '../../runtime/index.js';
import { isFloat, smallestNormal, type Tensor } from '../../tensor/index.js';
import type { Feed } from '../inputs/feeds.js';
import { perturbInputs } from '../inputs/inputs.js';
import { maxMagnitude } from './compare.js';
import { pieces } from './elements.js';

/** One run of the first model, against which the second is held. */
export interface ReferenceRun {
  readonly feed: Feed;
  readonly outputs: ReadonlyMap<string, Tensor>;
  /** Unit roundoff at the magnitude of these inputs: larger where they are denormal. */
  readonly unitRoundoff: number;
  /** By floating-point output: relative change ÷ relative change of the inputs, at least 1. */
  readonly amplification: ReadonlyMap<string, number>;
}

function roundoffAt(inputs: ReadonlyMap<string, Tensor>, unitRoundoff: number): number {
  let factor = 1;
  for (const tensor of inputs.values()) {
    const magnitude = isFloat(tensor.dtype) ? maxMagnitude(tensor) : 0;
    if (magnitude > 0) factor = Math.max(factor, smallestNormal(tensor.dtype) / magnitude);
  }
  return unitRoundoff * factor;
}

/** Largest finite |a − b|, 0 for tensors of different sizes. */
export function maxDifference(a: Tensor, b: Tensor): number {
  if (a.size !== b.size) return 0;
  let max = 0;
  for (const [start, end] of pieces(a.size)) {
    const x = a.part(start, end).toFloats();
    const y = b.part(start, end).toFloats();
    for (let i = 0; i < x.length; i++) {
      const difference = Math.abs((x[i] as number) - (y[i] as number));
      if (difference > max && difference < Number.POSITIVE_INFINITY) max = difference;
    }
  }
  return max;
}

/** Change of each floating-point output ÷ change of the inputs, both relative; at least 1. */
export function amplifications(
  outputs: ReadonlyMap<string, Tensor>,
  changed: ReadonlyMap<string, Tensor>,
  step: number,
): Map<string, number> {
  const amplification = new Map<string, number>();
  for (const [name, output] of outputs) {
    if (!isFloat(output.dtype)) continue;
    const magnitude = maxMagnitude(output);
    const change =
      magnitude === 0 ? 0 : maxDifference(output, changed.get(name) ?? output) / magnitude;
    amplification.set(name, Math.max(1, change / step));
  }
  return amplification;
}

/**
 * Runs the model, and once more on inputs changed by a random relative step. The step is √u, where the curvature of
 * the model and its rounding errors disturb a finite difference least.
 */
export async function runReference(
  session: Session,
  feed: Feed,
  unitRoundoff: number,
): Promise<ReferenceRun> {
  const inputs = feed.tensors();
  const outputs = await session.run(inputs);
  const roundoff = roundoffAt(inputs, unitRoundoff);
  const step = Math.sqrt(roundoff);
  const changed = await session.run(perturbInputs(inputs, step, feed.seed ?? 0));
  const amplification = amplifications(outputs, changed, step);
  return { feed, outputs, unitRoundoff: roundoff, amplification };
}
