import { ReparamError } from '../errors.js';
import type { Model, Value } from '../ir/index.js';
import { encodeModel } from '../onnx/index.js';
import { copySource, type ModelSource } from '../runtime/index.js';

/** Values that are to be compared: their names in both models. */
export interface OutputPair {
  readonly a: string;
  readonly b: string;
}

function find(model: Model, name: string, at: string): Value {
  const { graph } = model;
  const values = [...graph.inputs, ...graph.nodes.flatMap((node) => node.results)];
  const found = values.find((value) => value.name === name);
  if (found) return found;
  const outputs = graph.outputs.map((value) => `'${value.name}'`).join(', ');
  throw new ReparamError('usage', `${at} computes no value '${name}'`, {
    hint: `its outputs are ${outputs}; --report and --json show the values inside`,
  });
}

/**
 * The same model with other outputs: values inside it, or some of its own outputs alone.
 * @param at how messages name the model
 * @throws ReparamError for a name that no value has.
 */
export async function withOutputs(
  source: ModelSource,
  names: readonly string[],
  at: string,
): Promise<Uint8Array> {
  const model = await copySource(source);
  const { graph } = model;
  const wanted = [...new Set(names)].map((name) => find(model, name, at));
  for (const value of graph.outputs.splice(0)) value.outputOf.delete(graph);
  for (const value of wanted) graph.addOutput(value);
  return encodeModel(model);
}
