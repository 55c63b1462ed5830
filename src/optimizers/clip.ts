import { div, mul, plus, squaredNorm, total } from '../autodiff/index.js';
import type { Value } from '../ir/index.js';
import { type Scalings, scalingOf } from './scaling.js';
import { eachParameter, type GradientTransform } from './transform.js';

/** Limits every element to ±limit (torch.nn.utils.clip_grad_value_). */
export const clipByValue = (limit: number): GradientTransform =>
  eachParameter('clip by value', ({ builder: b }, { value }) =>
    b.op('Clip', [value, b.scalar(-limit, value), b.scalar(limit, value)]),
  );

/**
 * Scales all gradients down together so that their common norm is at most `limit` (torch.nn.utils.clip_grad_norm_).
 * @param scaling what gradients are scaled with afterwards: the norm is then √(Σ G ⊙ g²), that of the branches' gradients
 */
export const clipByNorm = (limit: number, scaling: Scalings = new Map()): GradientTransform => ({
  name: 'clip by norm',
  apply(context, updates) {
    const { builder: b } = context;
    const squares = updates.map((update) => {
      const factor = scalingOf(context, update, scaling);
      const { value } = update;
      return squaredNorm(b, factor ? mul(b, value, b.op('Sqrt', [factor])) : value);
    });
    if (squares.length === 0) return updates;
    const norm = b.op('Sqrt', [total(b, squares as [Value, ...Value[]])]);
    const ratio = div(b, b.scalar(limit, norm), plus(b, norm, 1e-6));
    const factor = b.op('Min', [ratio, b.scalar(1, norm)]);
    return updates.map((update) => ({ ...update, value: mul(b, update.value, factor) }));
  },
});
