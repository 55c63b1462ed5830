import { refuse, type Verdict } from '../../errors.js';
import type { Node } from '../../ir/index.js';
import type { Tensor } from '../../tensor/index.js';
import type { AffineMap, Layout, Step } from '../affine.js';
import { compose } from '../compose.js';
import type { Kernel } from '../kernel.js';
import { constantOperand, dataOperand, type LinearOp, perChannel, unary } from './lowering.js';

/** MatMul with a constant matrix on the right: `[…, K] · [K, N]`. */
export const matMul: LinearOp = {
  opTypes: ['MatMul'],
  rule: 'the matrix',
  conditions: 'constant matrix on the right',
  lower(node, _output, context) {
    const operand = dataOperand(node, context);
    if (!operand.ok) return operand;
    const weight = constantOperand(node, context, 1, 'matrix');
    if (!weight.ok) return weight;
    return unary(operand.value, (map) => {
      const rank = context.shape(operand.value)?.length ?? 0;
      const matrix = rank === 2 ? 'channels-first' : 'channels-last';
      const layout: Layout = rank === 2 && map.layout === 'flat' ? 'flat' : matrix;
      const [rows = 0, columns = 0] = weight.value.dims;
      if (weight.value.dims.length !== 2 || layout !== map.layout || rows !== map.outputs) {
        return refuse('its matrix does not multiply the channels', node.label);
      }
      return compose(matrixStep(node, layout, weight.value, rows, columns, false, 1, null), map);
    });
  },
};

/** Gemm: `alpha · A · B + beta · C` with A the data. */
export const gemm: LinearOp = {
  opTypes: ['Gemm'],
  rule: 'the matrix, bias from C',
  conditions: 'constant B and C, transA = 0',
  lower(node, _output, context) {
    const operand = dataOperand(node, context);
    if (!operand.ok) return operand;
    const weight = constantOperand(node, context, 1, 'matrix');
    if (!weight.ok) return weight;
    const bias = node.inputs[2] ? constantOperand(node, context, 2, 'bias') : null;
    if (bias && !bias.ok) return bias;
    return unary(operand.value, (map) => applyGemm(node, map, weight.value, bias?.value ?? null));
  },
};

function applyGemm(
  node: Node,
  map: AffineMap,
  weight: Tensor,
  bias: Tensor | null,
): Verdict<AffineMap> {
  const transposed = node.int('transB', 0) === 1;
  const [first = 0, second = 0] = weight.dims;
  const [rows, columns] = transposed ? [second, first] : [first, second];
  const fits =
    node.int('transA', 0) === 0 &&
    weight.dims.length === 2 &&
    map.layout !== 'channels-last' &&
    map.frame === null &&
    map.axes.length === 0 &&
    rows === map.outputs;
  if (!fits) return refuse('its matrix does not multiply the channels', node.label);
  let shift: (() => Float64Array) | null = null;
  if (bias) {
    const vector = perChannel(bias, [null, columns], { ...map, outputs: columns }, node.label);
    if (!vector.ok) return vector;
    const beta = node.float('beta', 1);
    shift = () => vector.value().map((value) => beta * value);
  }
  const alpha = node.float('alpha', 1);
  return compose(
    matrixStep(node, map.layout, weight, rows, columns, transposed, alpha, shift),
    map,
  );
}

function matrixStep(
  node: Node,
  layout: Layout,
  weight: Tensor,
  rows: number,
  columns: number,
  transposed: boolean,
  alpha: number,
  bias: (() => Float64Array) | null,
): Step {
  return {
    label: node.label,
    layout,
    transposed: false,
    inputs: rows,
    outputs: columns,
    group: 1,
    axes: [],
    weights: () => matrixKernel(weight, rows, columns, transposed, alpha),
    bias,
  };
}

/** Rows of the kernel are outputs: the transpose of a `[K, N]` matrix. */
function matrixKernel(
  weight: Tensor,
  inputs: number,
  outputs: number,
  transposed: boolean,
  alpha: number,
): Kernel {
  const source = weight.toNumbers();
  const data = new Float64Array(source.length);
  for (let o = 0; o < outputs; o++) {
    for (let i = 0; i < inputs; i++) {
      const at = transposed ? o * inputs + i : i * outputs + o;
      data[o * inputs + i] = alpha * (source[at] as number);
    }
  }
  return { outputs, inputs, group: 1, size: [], data };
}
