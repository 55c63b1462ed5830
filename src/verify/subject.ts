import type { Graph, Model } from '../ir/index.js';
import { type ModelSource, readSource, type ValueInfo } from '../runtime/index.js';
import { type Arithmetic, graphArithmetic, totalReductionLength } from './compare/bound.js';

/** What a comparison must know of a model before it runs it. */
export interface Subject {
  readonly source: ModelSource;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly arithmetic: Arithmetic;
  /** Sum of the reduction lengths of its nodes. */
  readonly roundings: number;
  /** Bytes of its initializers. */
  readonly weightBytes: number;
}

/** Inputs that a caller must feed: those with an initializer have a default. */
const requiredInputs = (graph: Graph) => graph.inputs.filter((input) => input.constant === null);

/** @param source what onnxruntime is to run: the model itself, or the file that it was read from or written to. */
export function describeSubject(model: Model, source: ModelSource): Subject {
  const { graph } = model;
  const info = ({ name, type }: ValueInfo): ValueInfo => ({ name, type });
  return {
    source,
    inputs: requiredInputs(graph).map(info),
    outputs: graph.outputs.map(info),
    arithmetic: graphArithmetic(graph),
    roundings: totalReductionLength(model),
    weightBytes: [...graph.initializers].reduce(
      (sum, { constant }) => sum + (constant?.byteLength ?? 0),
      0,
    ),
  };
}

/** Reads a model for its description only, and lets go of it: its weights may be large. */
export async function toSubject(model: ModelSource | Subject): Promise<Subject> {
  return 'roundings' in model ? model : describeSubject(await readSource(model), model);
}
