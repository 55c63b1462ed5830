import { accept, refuse } from '../../errors.js';
import { dataOperand, type LinearOp, unary } from './lowering.js';

/** Operators that leave the elements in memory as they are. */
export const reshape: LinearOp = {
  opTypes: ['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze'],
  rule: 'unit matrix on blocks of elements',
  conditions: 'the blocks around it have known lengths (RepMLP)',
  lower(node, _output, context) {
    const operand = dataOperand(node, context);
    if (!operand.ok) return operand;
    return unary(operand.value, (map) => {
      if (map.layout === 'flat') return accept(map);
      return refuse('it regroups channels and positions, which no convolution crosses', node.label);
    });
  },
};
