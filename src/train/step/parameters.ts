import type { Model, Node, Types, Value } from '../../ir/index.js';
import { isFloat } from '../../tensor/index.js';

/** Operands that are weights by their place in an operator. */
const weightOperands: Readonly<Record<string, readonly number[]>> = {
  Conv: [1, 2],
  ConvTranspose: [1, 2],
  Gemm: [0, 1, 2],
  MatMul: [0, 1],
  BatchNormalization: [1, 2],
  LayerNormalization: [1, 2],
  GroupNormalization: [1, 2],
  InstanceNormalization: [1, 2],
  PRelu: [1],
};

/** Names that exporters make up for constants, which say nothing of a parameter. */
const generated = /^(onnx::|\d+$|.*(constant|_output_\d))/i;

const statistics = (node: Node, value: Value): boolean =>
  node.is('BatchNormalization') && (node.inputs[3] === value || node.inputs[4] === value);

function isWeight(node: Node, value: Value): boolean {
  const operands = node.domain === '' ? weightOperands[node.opType] : undefined;
  return operands?.some((index) => node.inputs[index] === value) ?? false;
}

/**
 * The parameters of a model: floating-point initializers that are weights by their place in an operator (also behind
 * operators that compute a weight), and other tensors of several elements that have a name of their own. Running
 * statistics and constants of the exporter are none.
 */
export function findParameters(model: Model, types: Types): Value[] {
  return [...model.graph.initializers].filter((value) => {
    const dtype = types.of(value)?.dtype;
    if (!dtype || !isFloat(dtype) || value.users.size === 0) return false;
    const readers = [...value.users];
    if (readers.some((node) => statistics(node, value))) return false;
    if (readers.some((node) => isWeight(node, value))) return true;
    const size = value.constant?.size ?? 0;
    return size > 1 && !generated.test(value.name);
  });
}
