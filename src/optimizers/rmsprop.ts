import { add, div, mul, plus, square, sub, times } from '../autodiff/index.js';
import { eachParameter, type GradientTransform } from './transform.js';

export interface RmspropOptions {
  /** How much of the running mean of squares stays. */
  readonly alpha?: number;
  readonly eps?: number;
  /** Divides by the standard deviation instead of the root mean square. */
  readonly centered?: boolean;
}

/** `g / (√v + ε)` with a running mean `v` of squared gradients (torch.optim.RMSprop, momentum apart). */
export function rmsprop(options: RmspropOptions = {}): GradientTransform {
  const { alpha = 0.99, eps = 1e-8, centered = false } = options;
  return eachParameter('rmsprop', (context, update) => {
    const { builder: b } = context;
    const gradient = update.value;
    const squares = context.slot(update, 'mean_square');
    const v = add(b, times(b, squares.value, alpha), times(b, square(b, gradient), 1 - alpha));
    squares.set(v);
    if (!centered) return div(b, gradient, plus(b, b.op('Sqrt', [v]), eps));
    const mean = context.slot(update, 'mean_gradient');
    const m = add(b, times(b, mean.value, alpha), times(b, gradient, 1 - alpha));
    mean.set(m);
    // Rounding can make the variance of a gradient that hardly changes negative.
    const variance = b.op('Relu', [sub(b, v, mul(b, m, m))]);
    return div(b, gradient, plus(b, b.op('Sqrt', [variance]), eps));
  });
}
