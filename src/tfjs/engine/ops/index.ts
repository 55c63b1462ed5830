import type { Node } from '../../../ir/index.js';
import type { TfRule } from '../call.js';
import { activations } from './activation.js';
import { convolutions } from './convolution.js';
import { elementwise } from './elementwise.js';
import { matrices } from './matrix.js';
import { normalizations } from './normalization.js';
import { pools } from './pool.js';
import { reductions } from './reduction.js';
import { shapes } from './shape.js';

/** How each operator is computed, one file a family. */
const tfRules: readonly TfRule[] = [
  ...activations,
  ...convolutions,
  ...elementwise,
  ...matrices,
  ...normalizations,
  ...pools,
  ...reductions,
  ...shapes,
];

const byType = new Map(tfRules.flatMap((rule) => rule.opTypes.map((t) => [t, rule] as const)));

export const ruleOf = (node: Node): TfRule | undefined =>
  node.domain === '' ? byType.get(node.opType) : undefined;
