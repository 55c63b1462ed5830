import { add, div, plus, square } from '../../autodiff/index.js';
import { eachParameter, type OptimizerType } from '../../optimizers/index.js';
import { difference } from './compare.js';
import { always, pointwiseLayers, scaledLayers, sides, usualLayers } from './experiment.js';
import { network, plainNetwork } from './network/network.js';
import { type Context, optimizerNamed, type Side } from './side.js';
import { exact, fails, type Theorem } from './theorem.js';

const [adam, adamw, rmsprop, lion] = ['adam', 'adamw', 'rmsprop', 'lion'].map(optimizerNamed) as [
  OptimizerType,
  OptimizerType,
  OptimizerType,
  OptimizerType,
];

/** `g / (√Σg² + ε)` (torch.optim.Adagrad). */
const adagrad: OptimizerType = {
  name: 'adagrad',
  source: 'torch.optim.Adagrad',
  decoupled: false,
  scales: 'update',
  directions: () => [
    eachParameter('adagrad', (context, update) => {
      const { builder: b } = context;
      const slot = context.slot(update, 'sum_of_squares');
      const total = add(b, slot.value, square(b, update.value));
      slot.set(total);
      return div(b, update.value, plus(b, b.op('Sqrt', [total]), 1e-10));
    }),
  ],
};

const scaledGradient = (type: OptimizerType): OptimizerType => ({ ...type, scales: 'gradient' });

/** So small that nothing but 0/0 is kept away. */
const noEpsilon = { eps: 1e-30 };

const rate = always(0.01);

/** Adam whose gradients are scaled, against Adam without any scaling. */
function withoutEffect(context: Context): Promise<number> {
  const branched = network(usualLayers);
  const plain: Side = {
    network: plainNetwork(branched),
    optimizer: scaledGradient(adam),
    options: noEpsilon,
    rate,
  };
  return difference(context, { ...plain, scaling: branched.scaling() }, plain);
}

/** Optimizers that divide by the size of gradients, where updates are multiplied. */
export const adaptive: readonly Theorem[] = [
  exact('T4a', 'Adam: the update is multiplied with ΣM, not the gradient', (c) =>
    difference(c, ...sides(usualLayers, { optimizer: adam, rate })),
  ),
  exact('T4b', 'AdamW: the same, and the decoupled decay is not scaled', (c) => {
    const options = { weightDecay: 0.1 };
    return difference(c, ...sides(usualLayers, { optimizer: adamw, options, rate }));
  }),
  exact('T4c', 'RMSprop: the same', (c) =>
    difference(c, ...sides(usualLayers, { optimizer: rmsprop, rate: always(0.002) })),
  ),
  exact('T4d', 'Adagrad: the same', (c) =>
    difference(c, ...sides(usualLayers, { optimizer: adagrad, rate: always(0.03) })),
  ),
  exact('T4e', 'Adam with scales: the update is multiplied with ΣsM, as ε goes to 0', (c) =>
    difference(c, ...sides(scaledLayers, { optimizer: adam, options: noEpsilon, rate, power: 1 })),
  ),
  exact(
    'T5',
    'Adam: a constant factor of the gradient does nothing, as ε goes to 0',
    withoutEffect,
  ),
  exact('T19', 'Lion with decoupled decay: the update is multiplied with ΣsM', (c) => {
    const options = { weightDecay: 0.1 };
    return difference(c, ...sides(scaledLayers, { optimizer: lion, options, rate, power: 1 }));
  }),
  fails('C3', 'AdamW with the gradient multiplied', 0.27, (c) =>
    difference(
      c,
      ...sides(pointwiseLayers, {
        optimizer: adamw,
        plainOptimizer: scaledGradient(adamw),
        options: { weightDecay: 0.1 },
        rate,
      }),
    ),
  ),
  fails('C4', 'Adam with L2 in the gradient', 1.7, (c) => {
    const options = { weightDecay: 1 };
    return difference(c, ...sides(usualLayers, { optimizer: adam, options, rate }));
  }),
];
