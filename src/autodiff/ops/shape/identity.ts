import type { GradientRule } from '../../rule.js';

/** Identity: the cotangent as it is. */
export const identity: GradientRule = {
  opTypes: ['Identity'],
  vjp: ({ cotangent }) => [cotangent],
};
