import type { Value } from '../../../../ir/index.js';
import { reshape, transpose } from '../../../layout.js';
import { moved, products } from './cost.js';
import type { WeightGradientFormulation } from './formulation.js';
import { factorSizes, factors, isPlanar, planarAxes } from './shifted.js';

/** Rows of all images side by side, so that one product sums over the batch too: for small maps and many channels. */
export const wholeBatch: WeightGradientFormulation = {
  name: 'whole batch',
  applies: isPlanar,
  cost(geometry) {
    const { batch, group, inputs, outputs } = geometry;
    const { imageRows, cotangentRows, positions, copying } = factorSizes(geometry);
    const [rows, cols] = planarAxes(geometry);
    const turning =
      moved(batch * group * inputs * rows.input * cols.input, cols.input) +
      moved(batch * group * outputs * rows.output * cols.output, cols.output);
    return turning + copying + products(group, imageRows, cotangentRows, batch * positions);
  },
  build(b, x, cotangent, geometry) {
    const { batch, group } = geometry;
    // [C, H, N, W]: a row that a tap reads is one piece of memory for all images.
    const turned = (value: Value) => transpose(b, value, [1, 2, 0, 3]);
    const parts = factors(b, turned(x), turned(cotangent), { channels: 0, rows: 1 }, geometry);
    const { imageRows, cotangentRows } = parts;
    const depth = batch * parts.positions;
    const left = reshape(b, parts.image, [group, imageRows, depth]);
    const right = reshape(b, parts.cotangent, [group, cotangentRows, depth]);
    return parts.weight(b.op('MatMul', [left, transpose(b, right, [0, 2, 1])]));
  },
};
