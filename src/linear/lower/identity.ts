import { accept, refuse } from '../../errors.js';
import type { Node } from '../../ir/index.js';
import { dataTypeFromCode } from '../../tensor/index.js';
import { dataOperand, type LinearOp, type LoweringContext, unary } from './lowering.js';

/** Operators that hand on their input: Identity, Dropout in inference, Cast to the same type, rectifiers of slope 1. */
export const identity: LinearOp = {
  opTypes: ['Identity', 'Dropout', 'Cast', 'LeakyRelu', 'PRelu'],
  rule: 'unit kernel',
  conditions: 'Dropout in inference form, Cast to the same type, LeakyRelu and PRelu of slope 1',
  lower(node, output, context) {
    const operand = dataOperand(node, context);
    if (!operand.ok) return operand;
    if (output !== 0) return refuse('its mask is used', node.label);
    if (
      node.opType === 'Cast' &&
      dataTypeFromCode(node.int('to', 0)) !== context.dtype(operand.value)
    ) {
      return refuse('it changes the element type', node.label);
    }
    if (node.is('LeakyRelu', 'PRelu') && !hasUnitSlope(node, context)) {
      return refuse(`${node.opType} is not linear`, node.label);
    }
    if (node.opType === 'Dropout' && node.inputs[2]) {
      const training = context.constant(node.inputs[2]);
      if (training === null || training.toNumbers()[0] !== 0) {
        return refuse('it may drop values at run time', node.label);
      }
    }
    return unary(operand.value, accept);
  },
};

/** VanillaNet ends its training with activations of slope 1. */
function hasUnitSlope(node: Node, context: LoweringContext): boolean {
  if (node.opType === 'LeakyRelu') return node.float('alpha', 0.01) === 1;
  return (
    context
      .constant(node.inputs[1])
      ?.toNumbers()
      .every((slope) => slope === 1) ?? false
  );
}
