import { add, div, mul, plus, square, times } from '../autodiff/index.js';
import { eachParameter, type GradientTransform } from './transform.js';

export interface AdamOptions {
  readonly betas?: readonly [number, number];
  readonly eps?: number;
}

/**
 * The direction of Adam (arXiv:1412.6980, algorithm 1): `m̂ / (√v̂ + ε)` with bias-corrected moments, to be multiplied
 * with the learning rate.
 */
export function adam({ betas = [0.9, 0.999], eps = 1e-8 }: AdamOptions = {}): GradientTransform {
  const [beta1, beta2] = betas;
  return eachParameter('adam', (context, update) => {
    const { builder: b } = context;
    const gradient = update.value;
    const first = context.slot(update, 'first_moment');
    const second = context.slot(update, 'second_moment');
    const m = add(b, times(b, first.value, beta1), times(b, gradient, 1 - beta1));
    const v = add(b, times(b, second.value, beta2), times(b, square(b, gradient), 1 - beta2));
    first.set(m);
    second.set(v);
    // In float32 the graph would lose most digits of 1 − β^t in the first steps.
    const scale1 = context.scalar('first_correction', ({ step }) => 1 / (1 - beta1 ** step));
    const scale2 = context.scalar('second_correction', ({ step }) =>
      Math.sqrt(1 / (1 - beta2 ** step)),
    );
    const deviation = mul(b, b.op('Sqrt', [v]), scale2);
    return div(b, mul(b, m, scale1), plus(b, deviation, eps));
  });
}
