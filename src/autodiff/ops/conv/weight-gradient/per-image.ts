import { reshape, transpose } from '../../../layout.js';
import { reduceSum } from '../../../reduce.js';
import { moved, products } from './cost.js';
import type { WeightGradientFormulation } from './formulation.js';
import { factorSizes, factors, isPlanar } from './shifted.js';
import { perImageOrder } from './taps.js';

/** One product of matrices for each image, then the sum over the batch: for large maps. */
export const perImage: WeightGradientFormulation = {
  name: 'per image',
  applies: isPlanar,
  cost(geometry) {
    const { batch, group } = geometry;
    const { leftRows, rightRows, positions, copying } = factorSizes(geometry, perImageOrder);
    const sums = moved(2 * batch * group * leftRows * rightRows);
    return copying + products(batch * group, leftRows, rightRows, positions) + sums;
  },
  build(b, x, cotangent, geometry) {
    const { batch, group } = geometry;
    const parts = factors(b, x, cotangent, perImageOrder, geometry);
    const { leftRows, rightRows, positions } = parts;
    const left = reshape(b, parts.left, [batch, group, leftRows, positions]);
    const right = reshape(b, parts.right, [batch, group, rightRows, positions]);
    const each = b.op('MatMul', [left, transpose(b, right, [0, 1, 3, 2])]);
    return parts.weight(reduceSum(b, each, [0], false));
  },
};
