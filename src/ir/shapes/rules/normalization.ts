import { axisIn, typed } from '../dims.js';
import type { TypeRule } from './rule.js';

const likeInput: TypeRule = {
  opTypes: [
    'InstanceNormalization',
    'GroupNormalization',
    'LpNormalization',
    'LRN',
    'MeanVarianceNormalization',
    'RMSNormalization',
  ],
  infer: (context) => [context.type(0)],
};

/** Y like X, then (in training) up to four statistics [C]. */
const batchNormalization: TypeRule = {
  opTypes: ['BatchNormalization'],
  infer(context) {
    const channels = context.shape(1) ?? [context.shape(0)?.[1] ?? null];
    const statistic = typed(context.dtype(3) ?? context.dtype(0), channels);
    return [context.type(0), statistic, statistic, statistic, statistic];
  },
};

/** Y like X; Mean and InvStdDev have length 1 from `axis` on. */
const layerNormalization: TypeRule = {
  opTypes: ['LayerNormalization'],
  infer(context) {
    const shape = context.shape(0);
    const axis = shape && axisIn(context.node.int('axis', -1), shape.length);
    const reduced = shape && axis !== null ? shape.map((dim, i) => (i < axis ? dim : 1)) : null;
    const statistic = typed(context.dtypeAttribute('stash_type', 'float32'), reduced);
    return [context.type(0), statistic, statistic];
  },
};

export const normalizationRules: readonly TypeRule[] = [
  likeInput,
  batchNormalization,
  layerNormalization,
];
