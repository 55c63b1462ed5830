import type { Node } from '../../../ir/index.js';
import { pad } from '../../layout.js';
import { allAxes, reduceSum } from '../../reduce.js';
import type { GradientRule } from '../../rule.js';
import { type Axis, convAttributes, extent, windowAxes } from './geometry.js';
import { weightGradient } from './weight-gradient/index.js';

/** Axes of the Conv whose input gradient this is: from the result's lengths to the operand's, pads fitting exactly. */
function convAxes(
  node: Node,
  result: readonly number[],
  kernel: readonly number[],
  operand: readonly number[],
): Axis[] {
  const auto = node.string('auto_pad', 'NOTSET');
  const given = auto !== 'NOTSET' || node.ints('output_shape') !== null;
  return windowAxes(node, result, kernel, operand).map((axis, i) => {
    const pads = axis.stride * (axis.output - 1) + extent(axis) - axis.input;
    const all = pads + (node.ints('output_padding')?.[i] ?? 0);
    const half = Math.floor(all / 2);
    const begin = given ? (auto === 'SAME_UPPER' ? half : all - half) : axis.begin;
    return { ...axis, begin, end: pads - begin };
  });
}

/**
 * ConvTranspose: the input gradient of a Conv as an operator of its own. Its gradients are that Conv, and the weight
 * gradient of that Conv with operand and cotangent in each other's place.
 */
export const convTranspose: GradientRule = {
  opTypes: ['ConvTranspose'],
  vjp(view) {
    const { builder: b, node, cotangent, needs } = view;
    const [x, w] = [view.input(0), view.input(1)];
    const [dims, weight, result] = [b.dims(x), b.dims(w), b.dims(cotangent)];
    const axes = convAxes(node, result.slice(2), weight.slice(2), dims.slice(2));
    const group = node.int('group', 1);
    const geometry = {
      batch: dims[0] as number,
      group,
      inputs: weight[1] as number,
      outputs: (weight[0] as number) / group,
      axes,
    };
    const dx = () => {
      // The surplus that output_padding adds reads nothing.
      const crop = axes.map(({ end }) => Math.min(0, end));
      const read = pad(b, cotangent, [...[0, 0], ...axes.map(() => 0), ...[0, 0], ...crop]);
      const padded = axes.map((axis) => ({ ...axis, end: Math.max(0, axis.end) }));
      return b.op('Conv', [read, w], convAttributes({ axes: padded, group }));
    };
    const others = allAxes(result.length).filter((axis) => axis !== 1);
    return [
      needs[0] ? dx() : null,
      needs[1] ? weightGradient(b, cotangent, x, geometry) : null,
      needs[2] ? reduceSum(b, cotangent, others, false) : null,
    ];
  },
};
