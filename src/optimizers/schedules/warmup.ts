import type { Rate } from './schedule.js';

/**
 * A linear rise to what a schedule begins with (Goyal et al., Accurate, Large Minibatch SGD, section 2.2), as PyTorch's
 * LinearLR before it in a SequentialLR.
 * @param steps how many steps it takes.
 * @param factor the part of the rate that it begins with.
 */
export function withWarmup(rate: Rate, steps: number, factor: number): Rate {
  if (steps === 0) return rate;
  const goal = rate(steps);
  return (step) => (step < steps ? goal * (factor + ((1 - factor) * step) / steps) : rate(step));
}
