import { accept, refuse, type Verdict } from '../../errors.js';
import type { Node } from '../../ir/index.js';
import type { AffineMap } from '../affine.js';
import { compose } from '../compose.js';
import { padsBegin, padsEnd, reachOf, type Window } from '../window.js';
import { convWindows } from './conv.js';
import { dataOperand, type LinearOp, lengthOf, unary } from './lowering.js';

/** AveragePool as a depthwise kernel of equal weights. */
export const averagePool: LinearOp = {
  opTypes: ['AveragePool'],
  rule: 'depthwise kernel 1/k²',
  conditions: 'count_include_pad = 1 or no pads; ceil_mode without a partial window',
  lower(node, _output, context) {
    const operand = dataOperand(node, context);
    if (!operand.ok) return operand;
    const size = node.ints('kernel_shape');
    if (!size) return refuse('its kernel_shape is missing', node.label);
    return unary(operand.value, (map) => {
      if (map.layout !== 'channels-first' || map.frame || map.axes.length !== size.length) {
        return refuse('its kernel does not fit its input', node.label);
      }
      const axes = convWindows(node, size, map);
      if (!axes.ok) return axes;
      const exact = constantDivisor(node, axes.value, map);
      if (!exact.ok) return exact;
      return compose(poolStep(node, size, axes.value, map.outputs), map);
    });
  },
};

function constantDivisor(node: Node, axes: readonly Window[], map: AffineMap): Verdict<void> {
  const padded = axes.some((w) => padsBegin(w) > 0 || padsEnd(w) > 0);
  if (padded && node.int('count_include_pad', 0) === 0) {
    return refuse(
      'it pads without counting the padding (count_include_pad = 0): its divisor changes at the border',
      node.label,
    );
  }
  if (node.int('ceil_mode', 0) === 0) return accept(undefined);
  for (const [axis, w] of axes.entries()) {
    if (w.stride === 1) continue;
    const length = lengthOf(map, axis);
    const rest =
      length === null ? null : (length + padsBegin(w) + padsEnd(w) - reachOf(w) - 1) % w.stride;
    if (rest !== 0)
      return refuse('ceil_mode lets its last window hang over the border', node.label);
  }
  return accept(undefined);
}

function poolStep(node: Node, size: readonly number[], axes: readonly Window[], channels: number) {
  const volume = size.reduce((a, b) => a * b, 1);
  return {
    label: node.label,
    layout: 'channels-first' as const,
    transposed: false,
    inputs: channels,
    outputs: channels,
    group: channels,
    axes,
    weights: () => ({
      outputs: channels,
      inputs: channels,
      group: channels,
      size,
      data: new Float64Array(channels * volume).fill(1 / volume),
    }),
    bias: null,
  };
}
