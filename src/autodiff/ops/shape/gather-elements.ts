import type { Value } from '../../../ir/index.js';
import { filled, mul } from '../../arithmetic.js';
import type { TypedBuilder } from '../../builder.js';
import { inverse, pad, reshape, transpose } from '../../layout.js';
import { allAxes, reduceSum } from '../../reduce.js';
import type { GradientRule } from '../../rule.js';
import { canScatter, oneHot } from './indices.js';

/** Sums by comparing every index with every place of the axis. */
function byComparison(
  b: TypedBuilder,
  cotangent: Value,
  indices: Value,
  dims: readonly number[],
  axis: number,
): Value {
  const perm = [...allAxes(dims.length).filter((other) => other !== axis), axis];
  const lines = (x: Value): Value => {
    const last = transpose(b, x, perm);
    return reshape(b, last, [...b.dims(last).slice(0, -1), 1, b.dims(last).at(-1) as number]);
  };
  const [values, places] = [lines(cotangent), lines(indices)];
  const hot = oneHot(b, places, dims[axis] as number, cotangent);
  const sums = reduceSum(b, mul(b, hot, values), [dims.length], false);
  const back = transpose(b, sums, inverse(perm));
  // Indices may cover less of the other axes than there is.
  const uncovered = dims.map((length, i) => length - (b.dims(back)[i] as number));
  return pad(b, back, [...dims.map(() => 0), ...uncovered]);
}

/** GatherElements: every element gets the cotangents of all places that it was copied to. */
export const gatherElements: GradientRule = {
  opTypes: ['GatherElements'],
  vjp(view) {
    const { builder: b, cotangent } = view;
    const [dims, indices] = [view.dims(0), view.input(1)];
    const axis = view.axis(0);
    if (!canScatter(b)) return [byComparison(b, cotangent, indices, dims, axis)];
    const zeros = filled(b, dims, 0, cotangent);
    return [b.op('ScatterElements', [zeros, indices, cotangent], { axis, reduction: 'add' })];
  },
};
