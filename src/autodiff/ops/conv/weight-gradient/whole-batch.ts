import type { Value } from '../../../../ir/index.js';
import { reshape, transpose } from '../../../layout.js';
import { products, transposed } from './cost.js';
import type { WeightGradientFormulation } from './formulation.js';
import { factorSizes, factors, isPlanar, planarAxes } from './shifted.js';
import { wholeBatchOrder } from './taps.js';

/** Rows of all images side by side, so that one product sums over the batch too: for small maps and many channels. */
export const wholeBatch: WeightGradientFormulation = {
  name: 'whole batch',
  applies: isPlanar,
  cost(geometry) {
    const { batch, group, inputs, outputs } = geometry;
    const { leftRows, rightRows, positions, copying } = factorSizes(geometry, wholeBatchOrder);
    const [rows, cols] = planarAxes(geometry);
    const turning =
      transposed(batch * group * inputs * rows.input * cols.input, cols.input) +
      transposed(batch * group * outputs * rows.output * cols.output, cols.output);
    return turning + copying + products(group, leftRows, rightRows, batch * positions);
  },
  build(b, x, cotangent, geometry) {
    const { batch, group } = geometry;
    const turned = (value: Value) => transpose(b, value, [1, 2, 0, 3]);
    const parts = factors(b, turned(x), turned(cotangent), wholeBatchOrder, geometry);
    const { leftRows, rightRows } = parts;
    const depth = batch * parts.positions;
    const left = reshape(b, parts.left, [group, leftRows, depth]);
    const right = reshape(b, parts.right, [group, rightRows, depth]);
    return parts.weight(b.op('MatMul', [left, transpose(b, right, [0, 2, 1])]));
  },
};
