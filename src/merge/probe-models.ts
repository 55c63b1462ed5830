import type { Verdict } from '../errors.js';
import {
  createModel,
  extract,
  Graph,
  type Model,
  type TensorType,
  type Types,
  Value,
} from '../ir/index.js';
import { type DataType, Tensor } from '../tensor/index.js';
import { buildNodes, type Part } from './emit.js';

/** onnxruntime's CPU kernels compute neither bfloat16 nor float64 convolutions: probes run those in float32. */
const probeType = (dtype: DataType): DataType =>
  dtype === 'float64' || dtype === 'bfloat16' ? 'float32' : dtype;

function probeTensor(tensor: Tensor | null): Tensor | null {
  if (!tensor || probeType(tensor.dtype) === tensor.dtype) return tensor;
  return Tensor.fromNumbers(probeType(tensor.dtype), tensor.dims, tensor.toNumbers());
}

const declared = ({ dtype, shape }: TensorType): TensorType => ({ dtype: probeType(dtype), shape });

/** The original nodes between sources and output as a model that onnxruntime can run. */
export function originalPart(
  model: Model,
  sources: ReadonlyMap<Value, TensorType>,
  output: Value,
  constant: (value: Value) => Tensor | null,
  types: Types,
): Verdict<Model> {
  return extract(model, {
    inputs: new Map([...sources].map(([source, type]) => [source, declared(type)])),
    outputs: [output],
    constant: (value) => probeTensor(constant(value)),
    dtype: (value) => types.of(value)?.dtype ?? null,
  });
}

/** The merged operators alone, as a model with one input a source. */
export function mergedPart(
  parts: readonly Part[],
  sources: ReadonlyMap<Value, TensorType>,
  dtype: DataType,
  opset: number,
): Model {
  const graph = new Graph('merged');
  const inputs = new Map<Value, Value>();
  for (const [source, type] of sources) {
    inputs.set(source, graph.addInput(new Value(`source_${inputs.size}`, declared(type))));
  }
  const output = new Value(graph.uniqueName('output'), { dtype: probeType(dtype), shape: null });
  const local = parts.map((part) => ({ ...part, source: inputs.get(part.source) as Value }));
  const nodes = buildNodes(graph, local, output, '', (owner, base, tensor) =>
    owner.addInitializer(base, probeTensor(tensor) as Tensor),
  );
  graph.nodes.push(...nodes);
  graph.addOutput(output);
  return createModel(graph, opset);
}
