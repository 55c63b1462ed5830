import { extract, inferTypes, type Model, type TensorType, type Value } from '../../../ir/index.js';
import { applyMerge, planMerge } from '../../../merge/index.js';
import { statedConstant } from '../constants.js';
import type { Part } from '../parts.js';
import { VaryingGraph } from '../varying.js';

/** A part that stands alone. */
export interface MergedPart {
  readonly part: Part;
  readonly graph: VaryingGraph;
}

/** What a part becomes when its branches are merged, null where nothing of it can be. */
export async function mergePart(
  model: Model,
  part: Part,
  { types }: VaryingGraph,
): Promise<MergedPart | null> {
  const inputs = new Map<Value, TensorType>();
  for (const source of part.sources) {
    const type = types.of(source);
    if (!type) return null;
    inputs.set(source, type);
  }
  const extracted = extract(model, {
    inputs,
    outputs: [part.output],
    constant: statedConstant,
    dtype: (value) => types.of(value)?.dtype ?? null,
  });
  if (!extracted.ok) return null;
  const { model: merged, regions } = await applyMerge(await planMerge(extracted.value));
  const [output] = merged.graph.outputs;
  if (regions.length === 0 || !output) return null;
  const graph = new VaryingGraph(merged.graph, inferTypes(merged));
  return { part: { output, sources: merged.graph.inputs, nodes: graph.nodes }, graph };
}
