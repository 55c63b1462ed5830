import { type Constant, type NetworkWriter, plainSignal, type Signal } from '../writer.js';
import { elementwise, isConstant, type Operand } from './elementwise.js';

/** x·W + b along the last axis: Gemm for rows [N, in], MatMul and Add for more axes. W is [in, out]. */
export function dense(
  writer: NetworkWriter,
  x: Signal,
  weight: Constant,
  bias: Constant | null,
  transposed = false,
): Signal {
  const shape = writer.shape(x);
  const inputs = weight.tensor.dims[transposed ? 1 : 0];
  const length = shape.at(-1);
  if (weight.tensor.dims.length !== 2 || (typeof length === 'number' && length !== inputs)) {
    throw writer.fault(
      `has weights of shape [${weight.tensor.dims.join(', ')}], but gets [${shape.map((dim) => dim ?? '?').join(', ')}]`,
    );
  }
  if (shape.length === 2) {
    const operands = [writer.plain(x), writer.constant(weight)];
    if (bias) operands.push(writer.constant(bias));
    return plainSignal(writer.op('Gemm', operands, transposed ? { transB: 1 } : {}));
  }
  const matrix = writer.constant(weight, transposed ? { perm: [1, 0] } : {});
  const product = plainSignal(writer.op('MatMul', [writer.plain(x), matrix]));
  return bias ? elementwise(writer, 'Add', [product, bias]) : product;
}

/** A product of matrices, of which both may be computed; `flip` says which of them is transposed. */
export function matMul(
  writer: NetworkWriter,
  operands: readonly [Operand, Operand],
  flip: readonly [boolean, boolean],
): Signal {
  const [a, b] = operands.map((operand, i) => {
    const value = isConstant(operand) ? writer.constant(operand) : writer.plain(operand);
    if (!flip[i]) return value;
    const rank = writer.shape(plainSignal(value)).length;
    const perm = [...Array(rank - 2).keys(), rank - 1, rank - 2];
    return writer.op('Transpose', [value], { perm });
  });
  return plainSignal(writer.op('MatMul', [a ?? null, b ?? null]));
}
