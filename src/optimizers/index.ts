import { adam } from './adam.js';
import { clipByNorm, clipByValue } from './clip.js';
import { lion } from './lion.js';
import { momentum } from './momentum.js';
import { rmsprop } from './rmsprop.js';
import { type Scalings, scaleBy } from './scaling.js';
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
  /** Factors of the gradients, or of the updates of optimizers that would divide them out again. */
  readonly scaling?: Scalings;
}

export interface OptimizerType {
  readonly name: string;
  readonly source: string;
  /** Whether weight decay is decoupled unless the options say otherwise. */
  readonly decoupled: boolean;
  /**
   * What a scaling multiplies so that learning goes as with branches: gradients, or updates where the optimizer divides
   * by the gradients' size.
   */
  readonly scales: 'gradient' | 'update';
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
  {
    name: 'sgd',
    source: 'torch.optim.SGD',
    decoupled: false,
    scales: 'gradient',
    directions: withMomentum,
  },
  {
    name: 'adam',
    source: 'arXiv:1412.6980',
    decoupled: false,
    scales: 'update',
    directions: (o) => [adam(o)],
  },
  {
    name: 'adamw',
    source: 'arXiv:1711.05101',
    decoupled: true,
    scales: 'update',
    directions: (o) => [adam(o)],
  },
  {
    name: 'rmsprop',
    source: 'torch.optim.RMSprop',
    decoupled: false,
    scales: 'update',
    directions: (o) => [rmsprop(o), ...withMomentum({ momentum: o.momentum ?? 0 })],
  },
  {
    name: 'lion',
    source: 'arXiv:2302.06675',
    decoupled: true,
    scales: 'update',
    directions: (o) => [lion(o)],
  },
];

/**
 * The whole chain from gradients to what is subtracted from the weights: clipping, decay, directions, learning rate.
 * Weight decay is never scaled: branches that decay together decay their sum once.
 */
export function optimizerChain(
  type: OptimizerType,
  options: OptimizerOptions = {},
): readonly GradientTransform[] {
  const { weightDecay: decay = 0, decoupled = type.decoupled, clipNorm, clipValue } = options;
  const decays = decay === 0 ? [] : [weightDecay(decay)];
  const { scaling } = options;
  const scales = scaling ? [scaleBy(scaling)] : [];
  return [
    ...(clipValue === undefined ? [] : [clipByValue(clipValue)]),
    ...(clipNorm === undefined ? [] : [clipByNorm(clipNorm, scaling)]),
    ...(type.scales === 'gradient' ? scales : []),
    ...(decoupled ? [] : decays),
    ...type.directions(options),
    ...(type.scales === 'update' ? scales : []),
    ...(decoupled ? decays : []),
    learningRate(),
  ];
}

export { type Scalings, scaleBy, scalingName } from './scaling.js';
export * from './transform.js';
