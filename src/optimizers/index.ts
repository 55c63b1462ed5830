import { adam } from './adam.js';
import { clipByNorm, clipByValue } from './clip.js';
import { lion } from './lion.js';
import { momentum } from './momentum.js';
import { rmsprop } from './rmsprop.js';
import type { GradientTransform } from './transform.js';
import { learningRate, weightDecay } from './weight-decay.js';

/** What optimizers can be told; each reads what concerns it. Defaults are those of torch.optim. */
export interface OptimizerOptions {
  readonly momentum?: number;
  readonly dampening?: number;
  readonly nesterov?: boolean;
  readonly betas?: readonly [number, number];
  readonly eps?: number;
  /** RMSprop's smoothing constant. */
  readonly alpha?: number;
  readonly centered?: boolean;
  readonly weightDecay?: number;
  /** Whether weight decay bypasses the optimizer's moments; the optimizer's own custom by default. */
  readonly decoupled?: boolean;
  /** Largest norm of all gradients together. */
  readonly clipNorm?: number;
  /** Largest absolute value of a gradient's element. */
  readonly clipValue?: number;
}

export interface OptimizerType {
  readonly name: string;
  readonly source: string;
  /** Whether weight decay is decoupled unless the options say otherwise. */
  readonly decoupled: boolean;
  /** What turns gradients into directions, weight decay and learning rate apart. */
  readonly directions: (options: OptimizerOptions) => readonly GradientTransform[];
}

const withMomentum = ({
  momentum: factor = 0,
  ...options
}: OptimizerOptions): GradientTransform[] =>
  factor === 0 ? [] : [momentum({ momentum: factor, ...options })];

/** Every optimizer that a model can be trained with. */
export const optimizerTypes: readonly OptimizerType[] = [
  { name: 'sgd', source: 'torch.optim.SGD', decoupled: false, directions: withMomentum },
  { name: 'adam', source: 'arXiv:1412.6980', decoupled: false, directions: (o) => [adam(o)] },
  { name: 'adamw', source: 'arXiv:1711.05101', decoupled: true, directions: (o) => [adam(o)] },
  {
    name: 'rmsprop',
    source: 'torch.optim.RMSprop',
    decoupled: false,
    directions: (o) => [rmsprop(o), ...withMomentum({ momentum: o.momentum ?? 0 })],
  },
  { name: 'lion', source: 'arXiv:2302.06675', decoupled: true, directions: (o) => [lion(o)] },
];

/** The whole chain from gradients to what is subtracted from the weights: clipping, decay, directions, learning rate. */
export function optimizerChain(
  type: OptimizerType,
  options: OptimizerOptions = {},
): readonly GradientTransform[] {
  const { weightDecay: decay = 0, decoupled = type.decoupled, clipNorm, clipValue } = options;
  const decays = decay === 0 ? [] : [weightDecay(decay)];
  return [
    ...(clipValue === undefined ? [] : [clipByValue(clipValue)]),
    ...(clipNorm === undefined ? [] : [clipByNorm(clipNorm)]),
    ...(decoupled ? [] : decays),
    ...type.directions(options),
    ...(decoupled ? decays : []),
    learningRate(),
  ];
}

export * from './transform.js';
