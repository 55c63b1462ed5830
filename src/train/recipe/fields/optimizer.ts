import { choice, count, flag, number, numbers, optional, texts } from '../field.js';

const fraction = { least: 0, below: 1 };

/** How weights follow gradients. Names and meanings are those of PyTorch. */
export const optimizerFields = {
  optimizer: choice(
    'sgd',
    ['sgd', 'adam', 'adamw', 'rmsprop', 'lion'],
    'how weights follow gradients',
  ),
  lr: number(0.1, { above: 0 }, 'the learning rate: the highest one of the schedule'),
  momentum: number(0.9, fraction, 'momentum, for sgd and rmsprop'),
  dampening: number(0, { least: 0, most: 1 }, 'how much momentum dampens gradients, for sgd'),
  nesterov: flag(false, "Nesterov's momentum, for sgd"),
  betas: optional(numbers([], fraction, 'decay of the running means, for adam, adamw and lion', 2)),
  eps: number(1e-8, { above: 0 }, 'added to denominators, for adam, adamw and rmsprop'),
  alpha: number(0.99, fraction, 'decay of the mean square, for rmsprop'),
  weightDecay: number(5e-4, { least: 0 }, 'weight decay'),
  decoupled: flag(
    false,
    'decay weights beside the gradient instead of through it, as adamw and lion always do',
  ),
  noDecay: texts(
    ['norm', 'bias'],
    "what has no weight decay: 'norm' for normalization, 'bias', or patterns of parameter names",
  ),
  clipNorm: optional(number(0, { above: 0 }, 'the largest norm of all gradients together')),
  clipValue: optional(number(0, { above: 0 }, 'the largest magnitude of an element of a gradient')),
  ema: number(0, fraction, 'decay of the running mean of the weights; 0 for none'),
  accumulate: count(1, { least: 1 }, 'batches whose gradients make one step'),
  freeze: texts([], 'patterns of parameter names that are not trained'),
  trainOnly: texts([], 'patterns of the only parameter names that are trained'),
  bnMomentum: number(
    0.1,
    { least: 0, most: 1 },
    'weight of a batch in the running statistics of batch normalization',
  ),
};
