import { liveNodes } from '../../src/autodiff/reach.js';
import {
  GraphBuilder,
  inferTypes,
  int,
  type Model,
  type Node,
  type Value,
} from '../../src/ir/index.js';
import { runModel } from '../../src/runtime/index.js';
import { type DataType, dataTypes, isFloat, Tensor } from '../../src/tensor/index.js';
import { type NdArray, ndArray } from './array.js';
import { hasReference, interpretNode } from './interpret.js';

const wide = (dtype: DataType): DataType => (isFloat(dtype) ? 'float64' : dtype);

/** A node alone, its floating-point operands and results in float64, run by onnxruntime. */
async function runNode(
  node: Node,
  inputs: readonly (NdArray | null)[],
  dtypes: readonly (DataType | null)[],
  opset: number,
): Promise<NdArray[]> {
  const b = new GraphBuilder();
  const feeds = new Map<string, Tensor>();
  const operands = inputs.map((array, i) => {
    if (!array) return null;
    const dtype = wide(dtypes[i] ?? 'float32');
    const input = b.input(`x${i}`, array.dims, dtype);
    feeds.set(input.name, Tensor.fromNumbers(dtype, array.dims, array.data));
    return input;
  });
  const attributes = Object.fromEntries(node.attributes);
  if (node.is('Cast') && node.int('to', 1) === dataTypes.float32.code) {
    attributes.to = int(dataTypes.float64.code);
  }
  for (const output of b.ops(node.opType, operands, node.outputs.length, attributes)) {
    b.output(output);
  }
  const results = await runModel(b.model(opset), feeds, { optimization: 'disabled' });
  return [...results.values()].map((tensor) => ndArray(tensor.dims, tensor.toNumbers()));
}

/**
 * Runs a model node by node with every float in float64: by the reference interpreter where it knows the operator, else
 * by onnxruntime's kernel for doubles.
 * @param wanted values to stop at; else every node runs
 * @returns every value that was computed
 */
export async function evaluate(
  model: Model,
  feeds: ReadonlyMap<string, NdArray>,
  wanted?: Iterable<Value>,
): Promise<Map<Value, NdArray>> {
  const types = inferTypes(model);
  const known = new Map<Value, NdArray>();
  for (const input of model.graph.inputs) {
    const fed = feeds.get(input.name);
    if (fed) known.set(input, fed);
  }
  const read = (value: Value | null): NdArray | null => {
    if (!value) return null;
    if (value.constant) return ndArray(value.constant.dims, value.constant.toNumbers());
    const array = known.get(value);
    if (!array) throw new Error(`'${value.name}' is read before it is computed`);
    return array;
  };
  for (const node of wanted ? liveNodes(model, wanted) : model.graph.nodes) {
    const inputs = node.inputs.map(read);
    const dtypes = node.inputs.map((value) => value && (types.of(value)?.dtype ?? null));
    const arrays = hasReference(node)
      ? interpretNode(node, inputs)
      : await runNode(node, inputs, dtypes, model.opsets.get('') ?? 17);
    node.outputs.forEach((output, i) => {
      if (output && arrays[i]) known.set(output, arrays[i]);
    });
  }
  return known;
}
