import { dense as product } from '../operators/matrix.js';
import { activated, biasOf, type LayerRule } from './call.js';

export const dense: LayerRule = {
  classNames: ['Dense'],
  write(call) {
    const x = product(call.writer, call.input, call.weight('kernel'), biasOf(call));
    return activated(call, x);
  },
};
