import { refuse } from '../../errors.js';
import { type Move, moveWindow } from '../move.js';
import { constantOperand, dataOperand, type LinearOp, unary } from './lowering.js';

/** Pad with a constant on spatial axes; negative pads crop. */
export const pad: LinearOp = {
  opTypes: ['Pad'],
  rule: 'moves the window',
  conditions: "constant mode, spatial axes, the padding value is the plane's own value there",
  lower(node, _output, context) {
    const mode = node.string('mode', 'constant');
    if (mode !== 'constant')
      return refuse(`it pads by ${mode}, which is not a convolution`, node.label);
    const operand = dataOperand(node, context);
    if (!operand.ok) return operand;
    const rank = context.shape(operand.value)?.length ?? 0;
    let pads = node.ints('pads') ?? node.ints('paddings');
    if (!pads) {
      const tensor = constantOperand(node, context, 1, 'amount of padding');
      if (!tensor.ok) return tensor;
      pads = [...tensor.value.toNumbers()];
    }
    let value = node.float('value', 0);
    if (node.inputs[2]) {
      const tensor = constantOperand(node, context, 2, 'padding value');
      if (!tensor.ok) return tensor;
      value = tensor.value.toNumbers()[0] ?? 0;
    }
    let axes = Array.from({ length: rank }, (_, axis) => axis);
    if (node.inputs[3]) {
      const tensor = constantOperand(node, context, 3, 'list of axes');
      if (!tensor.ok) return tensor;
      axes = [...tensor.value.toNumbers()].map((axis) => (axis < 0 ? axis + rank : axis));
    }
    const amounts = pads;
    return unary(operand.value, (map) => {
      if (map.layout !== 'channels-first' || map.frame || amounts.length !== 2 * axes.length) {
        return refuse('it pads other axes than the spatial ones', node.label);
      }
      const moves: Move[] = map.axes.map(() => ({ begin: 0, end: 0, step: 1 }));
      for (const [i, axis] of axes.entries()) {
        const begin = amounts[i] as number;
        const end = amounts[i + axes.length] as number;
        if (begin === 0 && end === 0) continue;
        if (axis < 2) return refuse('it pads other axes than the spatial ones', node.label);
        moves[axis - 2] = { begin, end, step: 1 };
      }
      const fill = value === 0 ? null : new Float64Array(map.outputs).fill(value);
      return moveWindow(map, moves, fill, node.label);
    });
  },
};
