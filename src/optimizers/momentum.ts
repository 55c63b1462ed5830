import { add, mul, times } from '../autodiff/index.js';
import { eachParameter, type GradientTransform } from './transform.js';

export interface MomentumOptions {
  /** How much of the last update stays. */
  readonly momentum: number;
  /** By how much less than 1 the gradient counts, from the second step on. */
  readonly dampening?: number;
  /** Looks one update ahead. */
  readonly nesterov?: boolean;
}

/** `m ← momentum · m + (1 − dampening) · g`, the first time `m ← g` (torch.optim.SGD). The update is `m`, with Nesterov `g + momentum · m`. */
export function momentum(options: MomentumOptions): GradientTransform {
  const { momentum: factor, dampening = 0, nesterov = false } = options;
  return eachParameter('momentum', (context, update) => {
    const { builder: b } = context;
    const { value: gradient } = update;
    const slot = context.slot(update, 'momentum');
    const share =
      dampening === 0
        ? gradient
        : mul(
            b,
            gradient,
            context.scalar('undampened', ({ step }) => (step === 1 ? 1 : 1 - dampening)),
          );
    const next = add(b, times(b, slot.value, factor), share);
    slot.set(next);
    return nesterov ? add(b, gradient, times(b, next, factor)) : next;
  });
}
