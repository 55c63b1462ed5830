import { typed } from '../dims.js';
import type { TypeRule } from './rule.js';

const cast: TypeRule = {
  opTypes: ['Cast', 'BitCast'],
  infer: (context) => [typed(context.dtypeAttribute('to', null), context.shape(0))],
};

const castLike: TypeRule = {
  opTypes: ['CastLike'],
  infer: (context) => [typed(context.dtype(1), context.shape(0))],
};

export const castRules: readonly TypeRule[] = [cast, castLike];
