import { add, indicator, sub, times } from '../autodiff/index.js';
import { eachParameter, type GradientTransform } from './transform.js';

export interface LionOptions {
  readonly betas?: readonly [number, number];
}

/** Lion (arXiv:2302.06675, algorithm 2): the sign of `β₁ m + (1 − β₁) g`, while `m ← β₂ m + (1 − β₂) g`. */
export function lion({ betas = [0.9, 0.99] }: LionOptions = {}): GradientTransform {
  const [beta1, beta2] = betas;
  return eachParameter('lion', (context, update) => {
    const { builder: b } = context;
    const gradient = update.value;
    const slot = context.slot(update, 'momentum');
    const mixed = add(b, times(b, slot.value, beta1), times(b, gradient, 1 - beta1));
    slot.set(add(b, times(b, slot.value, beta2), times(b, gradient, 1 - beta2)));
    // Sign runs on the CPU alone.
    const zero = b.scalar(0, mixed);
    const positive = indicator(b, b.op('Greater', [mixed, zero]), mixed);
    return sub(b, positive, indicator(b, b.op('Less', [mixed, zero]), mixed));
  });
}
