import { typed } from '../dims.js';
import type { TypeRule } from './rule.js';

const random: TypeRule = {
  opTypes: ['RandomNormal', 'RandomUniform'],
  infer: (context) => [
    typed(context.dtypeAttribute('dtype', 'float32'), context.node.ints('shape')),
  ],
};

const randomLike: TypeRule = {
  opTypes: ['RandomNormalLike', 'RandomUniformLike', 'Bernoulli'],
  infer: (context) => [typed(context.dtypeAttribute('dtype', context.dtype(0)), context.shape(0))],
};

const multinomial: TypeRule = {
  opTypes: ['Multinomial'],
  infer(context) {
    const batch = context.shape(0)?.[0] ?? null;
    const samples = context.node.int('sample_size', 1);
    return [typed(context.dtypeAttribute('dtype', 'int32'), [batch, samples])];
  },
};

export const randomRules: readonly TypeRule[] = [random, randomLike, multinomial];
