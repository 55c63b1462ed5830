import type { Node } from './node.js';

/** Operators whose result is not a function of their operands. */
const randomOps = [
  'RandomNormal',
  'RandomUniform',
  'RandomNormalLike',
  'RandomUniformLike',
  'Multinomial',
  'Bernoulli',
];

/** Whether a node gives something else each time it runs. */
export const isRandom = (node: Node): boolean => node.is(...randomOps);
