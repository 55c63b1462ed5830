import { accept, refuse, type Verdict } from '../../errors.js';
import type { Node, Value } from '../../ir/index.js';
import type { AffineMap } from '../affine.js';
import { selectOutputs, stackMaps } from '../combine.js';
import { dataOperand, type LinearOp, type LoweringContext, unary } from './lowering.js';

const otherAxis = 'it works on another axis than the channels';

function isChannelAxis(map: AffineMap, axis: number, rank: number): boolean {
  if (map.layout === 'flat') return false;
  const positive = axis < 0 ? axis + rank : axis;
  return positive === (map.layout === 'channels-first' ? 1 : rank - 1);
}

/** Concat on the channel axis. */
export const concat: LinearOp = {
  opTypes: ['Concat'],
  rule: 'stack the rows',
  conditions: 'channel axis, same stride and output window',
  lower(node, _output, context) {
    const operands: Value[] = [];
    for (const i of node.inputs.keys()) {
      const operand = dataOperand(node, context, i);
      if (!operand.ok) return operand;
      if (context.constant(operand.value))
        return refuse('one of its inputs is constant', node.label);
      operands.push(operand.value);
    }
    const rank = context.shape(operands[0] as Value)?.length ?? 0;
    return accept({
      operands,
      apply: (maps) => {
        const first = maps[0] as AffineMap;
        if (!isChannelAxis(first, node.int('axis', 1), rank)) return refuse(otherAxis, node.label);
        return stackMaps(maps, node.label);
      },
    });
  },
};

/** Split on the channel axis. */
export const split: LinearOp = {
  opTypes: ['Split'],
  rule: 'select rows',
  conditions: 'channel axis, constant sizes',
  lower(node, output, context) {
    const operand = dataOperand(node, context);
    if (!operand.ok) return operand;
    const rank = context.shape(operand.value)?.length ?? 0;
    return unary(operand.value, (map) => {
      if (!isChannelAxis(map, node.int('axis', 0), rank)) return refuse(otherAxis, node.label);
      const sizes = splitSizes(node, context, map.outputs);
      if (!sizes.ok) return sizes;
      const start = sizes.value.slice(0, output).reduce((a, b) => a + b, 0);
      const length = sizes.value[output] ?? 0;
      if (length < 1 || start + length > map.outputs)
        return refuse('its sizes do not fit its input', node.label);
      const rows = Array.from({ length }, (_, i) => start + i);
      return accept(selectOutputs(map, rows, node.label));
    });
  },
};

function splitSizes(
  node: Node,
  context: LoweringContext,
  channels: number,
): Verdict<readonly number[]> {
  const attribute = node.ints('split');
  if (attribute) return accept(attribute);
  if (node.inputs[1]) {
    const tensor = context.constant(node.inputs[1]);
    if (tensor) return accept([...tensor.toNumbers()]);
    return refuse("its sizes depend on the model's inputs", node.label);
  }
  const parts = node.int('num_outputs', node.outputs.length);
  const size = Math.ceil(channels / parts);
  return accept(Array.from({ length: parts }, (_, i) => Math.min(size, channels - i * size)));
}

/** Gather with constant indices on the channel axis. */
export const gather: LinearOp = {
  opTypes: ['Gather'],
  rule: 'select rows',
  conditions: 'channel axis, constant one-dimensional indices',
  lower(node, _output, context) {
    const operand = dataOperand(node, context);
    if (!operand.ok) return operand;
    const indices = context.constant(node.inputs[1]);
    if (indices?.dims.length !== 1)
      return refuse('its indices are not a constant list', node.label);
    const rank = context.shape(operand.value)?.length ?? 0;
    return unary(operand.value, (map) => {
      if (!isChannelAxis(map, node.int('axis', 0), rank)) return refuse(otherAxis, node.label);
      const rows = [...indices.toNumbers()].map((i) => (i < 0 ? i + map.outputs : i));
      if (rows.length === 0 || rows.some((row) => row < 0 || row >= map.outputs)) {
        return refuse('its indices do not fit its input', node.label);
      }
      return accept(selectOutputs(map, rows, node.label));
    });
  },
};
