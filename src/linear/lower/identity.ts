import { accept, refuse } from '../../errors.js';
import { dataTypeFromCode } from '../../tensor/index.js';
import { dataOperand, type LinearOp, unary } from './lowering.js';

/** Identity, Dropout in inference, Cast to the type the value has. */
export const identity: LinearOp = {
  opTypes: ['Identity', 'Dropout', 'Cast'],
  rule: 'unit kernel',
  conditions: 'Dropout in inference form, Cast to the same type',
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
    if (node.opType === 'Dropout' && node.inputs[2]) {
      const training = context.constant(node.inputs[2]);
      if (training === null || training.toNumbers()[0] !== 0) {
        return refuse('it may drop values at run time', node.label);
      }
    }
    return unary(operand.value, accept);
  },
};
