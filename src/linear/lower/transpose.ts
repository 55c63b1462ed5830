import { accept, refuse } from '../../errors.js';
import { dataOperand, type LinearOp, unary } from './lowering.js';

/** Transpose that brings the last axis, the channels of a MatMul, to axis 1. */
export const transpose: LinearOp = {
  opTypes: ['Transpose'],
  rule: 'the same map, transposed at the end',
  conditions: 'after a channels-last map, channels to axis 1; pointwise maps may follow',
  lower(node, _output, context) {
    const operand = dataOperand(node, context);
    if (!operand.ok) return operand;
    const permutation = node.ints('perm');
    const rank = context.shape(operand.value)?.length ?? 0;
    return unary(operand.value, (map) => {
      const fits = map.layout === 'channels-last' && permutation?.length === rank;
      if (!fits || permutation[0] !== 0 || permutation[1] !== rank - 1) {
        return refuse('it reorders axes, which no convolution does', node.label);
      }
      return accept({ ...map, layout: 'channels-first', frame: permutation });
    });
  },
};
