import { Tensor } from '../../../tensor/index.js';
import type { GradientRule } from '../../rule.js';

/** Trilu: the cotangent of the triangle that is kept, zero in the other. */
export const trilu: GradientRule = {
  opTypes: ['Trilu'],
  vjp(view) {
    const { builder: b, node, cotangent } = view;
    const [rows = 1, columns = 1] = view.dims(0).slice(-2);
    const [k = 0] = view.integers(1) ?? [];
    const upper = node.int('upper', 1) !== 0;
    const kept = Array.from({ length: rows * columns }, (_, i) => {
      const diagonal = (i % columns) - Math.floor(i / columns);
      return Number(upper ? diagonal >= k : diagonal <= k);
    });
    const mask = b.constant(Tensor.fromNumbers('bool', [rows, columns], kept), 'triangle');
    return [b.op('Where', [mask, cotangent, b.scalar(0, cotangent)])];
  },
};
