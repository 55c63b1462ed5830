import type { Model, Node, Value } from '../../src/ir/index.js';
import { type NdArray, ndArray, zeros } from './array.js';
import { averagePool, conv, convTranspose, globalAveragePool } from './convolution.js';
import { batchNormalization, broadcast, cast } from './elementwise.js';
import { combinations, elementFunction } from './functions.js';
import { gemm, matMul } from './matrix.js';
import { concat, flatten, gather, pad, reshape, slice, split, transpose } from './movement.js';
import { normalizations } from './normalization.js';
import { globalMaxPool, lpPool } from './pooling.js';
import { isReduction, reduction } from './reduction.js';

type Inputs = readonly (NdArray | null)[];
type Rule = (node: Node, inputs: Inputs) => NdArray | NdArray[];

const all = (inputs: Inputs): NdArray[] => inputs.filter((input) => input !== null);

const rules: Readonly<Record<string, Rule>> = {
  ...normalizations,
  Dropout: (_, [x]) => x as NdArray,
  Cast: (node, [x]) => cast(node, x as NdArray),
  BatchNormalization: (node, inputs) => batchNormalization(node, all(inputs)),
  Conv: (node, [x, w, b]) => conv(node, x as NdArray, w as NdArray, b ?? null),
  ConvTranspose: (node, [x, w, b]) => convTranspose(node, x as NdArray, w as NdArray, b ?? null),
  GlobalAveragePool: (_, [x]) => globalAveragePool(x as NdArray),
  GlobalMaxPool: (_, [x]) => globalMaxPool(x as NdArray),
  GlobalLpPool: (node, [x]) => lpPool(node, x as NdArray),
  LpPool: (node, [x]) => lpPool(node, x as NdArray),
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
  Expand: (_, [x, shape]) =>
    broadcast([x as NdArray, zeros([...(shape as NdArray).data])], ([value]) => value as number),
  Flatten: (node, [x]) => flatten(node, x as NdArray),
};

function ruleOf(node: Node): Rule | null {
  const f = elementFunction(node);
  if (f) return (_, [x]) => ({ ...(x as NdArray), data: (x as NdArray).data.map(f) });
  const combine = combinations[node.opType];
  if (combine) return (_, inputs) => broadcast(all(inputs), combine);
  if (isReduction(node)) return (_, [x, axes]) => reduction(node, x as NdArray, axes ?? null);
  return rules[node.opType] ?? null;
}

export const hasReference = (node: Node): boolean => node.is('Constant') || ruleOf(node) !== null;

/** The results of one node. */
export function interpretNode(node: Node, inputs: Inputs): NdArray[] {
  if (node.is('Constant')) {
    const tensor = node.tensor('value');
    if (!tensor) throw new Error('Constant: only tensors');
    return [ndArray(tensor.dims, tensor.toNumbers())];
  }
  const rule = ruleOf(node);
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
