import { createModel, Graph, type Model, type TensorType, Value } from '../ir/index.js';
import type { DataType, Tensor } from '../tensor/index.js';
import { buildNodes, type Part } from './emit.js';
import { probedAs, probeTensor, probeType } from './probe-part.js';

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
    inputs.set(source, graph.addInput(new Value(`source_${inputs.size}`, probedAs(type))));
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
