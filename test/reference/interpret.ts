import type { Model, Node, Value } from '../../src/ir/index.js';
import { type NdArray, ndArray } from './array.js';
import { averagePool, conv, convTranspose, globalAveragePool } from './convolution.js';
import { batchNormalization, broadcast, cast } from './elementwise.js';
import { gemm, matMul } from './matrix.js';
import { concat, flatten, gather, pad, reshape, slice, split, transpose } from './movement.js';

type Inputs = readonly (NdArray | null)[];
type Rule = (node: Node, inputs: Inputs) => NdArray | NdArray[];

const all = (inputs: Inputs): NdArray[] => inputs.filter((input) => input !== null);
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

const map =
  (f: (value: number) => number): Rule =>
  (_, inputs) => {
    const { dims, data } = inputs[0] as NdArray;
    return { dims, data: data.map(f) };
  };

const binary =
  (f: (a: number, b: number) => number): Rule =>
  (_, inputs) =>
    broadcast(all(inputs), ([a = 0, b = 0]) => f(a, b));

const rules: Readonly<Record<string, Rule>> = {
  Add: binary((a, b) => a + b),
  Sub: binary((a, b) => a - b),
  Mul: binary((a, b) => a * b),
  Div: binary((a, b) => a / b),
  Sum: (_, inputs) => broadcast(all(inputs), sum),
  Mean: (_, inputs) => broadcast(all(inputs), (values) => sum(values) / values.length),
  Neg: map((x) => -x),
  Relu: map((x) => Math.max(0, x)),
  HardSigmoid: (node, inputs) => {
    const [alpha, beta] = [node.float('alpha', 0.2), node.float('beta', 0.5)];
    return map((x) => Math.max(0, Math.min(1, alpha * x + beta)))(node, inputs);
  },
  Identity: map((x) => x),
  Dropout: map((x) => x),
  Cast: (node, [x]) => cast(node, x as NdArray),
  BatchNormalization: (node, inputs) => batchNormalization(node, all(inputs)),
  Conv: (node, [x, w, b]) => conv(node, x as NdArray, w as NdArray, b ?? null),
  ConvTranspose: (node, [x, w, b]) => convTranspose(node, x as NdArray, w as NdArray, b ?? null),
  GlobalAveragePool: (_, [x]) => globalAveragePool(x as NdArray),
  AveragePool: (node, [x]) => averagePool(node, x as NdArray),
  MatMul: (_, [a, b]) => matMul(a as NdArray, b as NdArray),
  Gemm: (node, [a, b, c]) => gemm(node, a as NdArray, b as NdArray, c ?? null),
  Pad: pad,
  Slice: slice,
  Split: split,
  Gather: (node, [x, indices]) => gather(node, x as NdArray, indices as NdArray),
  Concat: (node, inputs) => concat(node, all(inputs)),
  Transpose: (node, [x]) => transpose(node, x as NdArray),
  Reshape: (_, [x, shape]) => reshape(x as NdArray, shape as NdArray),
  Flatten: (node, [x]) => flatten(node, x as NdArray),
};

export const hasReference = (node: Node): boolean =>
  node.is('Constant') || rules[node.opType] !== undefined;

/** The results of one node. */
export function interpretNode(node: Node, inputs: Inputs): NdArray[] {
  if (node.is('Constant')) {
    const tensor = node.tensor('value');
    if (!tensor) throw new Error('Constant: only tensors');
    return [ndArray(tensor.dims, tensor.toNumbers())];
  }
  const rule = rules[node.opType];
  if (!rule) throw new Error(`${node.opType} has no reference`);
  const result = rule(node, inputs);
  return Array.isArray(result) ? result : [result];
}

/**
 * Runs a model node by node in float64, straight from the operators' definitions: shares no code with what it checks.
 * @param feeds tensors by input name
 * @returns every value of the graph, constants left out
 */
export function interpret(model: Model, feeds: ReadonlyMap<string, NdArray>): Map<Value, NdArray> {
  const known = new Map<Value, NdArray>();
  for (const input of model.graph.inputs) {
    const fed = feeds.get(input.name);
    if (fed) known.set(input, fed);
  }
  const read = (value: Value | null): NdArray | null => {
    if (value === null) return null;
    const constant = value.constant;
    if (constant) return ndArray(constant.dims, constant.toNumbers());
    const array = known.get(value);
    if (!array) throw new Error(`'${value.name}' is read before it is computed`);
    return array;
  };
  for (const node of model.graph.nodes) {
    const arrays = interpretNode(node, node.inputs.map(read));
    for (const [i, output] of node.outputs.entries()) {
      if (output && arrays[i]) known.set(output, arrays[i]);
    }
  }
  return known;
}

/** The outputs of a model alone, by name. */
export function interpretOutputs(
  model: Model,
  feeds: ReadonlyMap<string, NdArray>,
): Map<string, NdArray> {
  const known = interpret(model, feeds);
  return new Map(model.graph.outputs.map((value) => [value.name, known.get(value) as NdArray]));
}
