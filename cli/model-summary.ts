import {
  countParameters,
  type Dim,
  inferTypes,
  type Model,
  modelMacs,
  onnxOpset,
  opCounts,
  type Value,
} from '../src/ir/index.js';

export interface ValueSummary {
  readonly name: string;
  /** Null for what is no tensor. */
  readonly dtype: string | null;
  /** Null when the rank is unknown. */
  readonly shape: readonly Dim[] | null;
}

/** What a model holds, as plain data. */
export interface ModelSummary {
  readonly opset: number;
  readonly producer: string;
  readonly inputs: readonly ValueSummary[];
  readonly outputs: readonly ValueSummary[];
  readonly nodes: number;
  /** How often each operator occurs, most frequent first; other domains as `domain::Op`. */
  readonly operators: Readonly<Record<string, number>>;
  readonly parameters: number;
  /** Multiply-accumulates of one run. */
  readonly macs: number;
  /** Shapes that `macs` assumes for inputs with open lengths, by name. */
  readonly assumedShapes: Readonly<Record<string, readonly number[]>>;
}

const describe = ({ name, type }: Value): ValueSummary => ({
  name,
  dtype: type?.dtype ?? null,
  shape: type?.shape ?? null,
});

/** One image of a common size, for inputs that leave their lengths open. */
function assumeShapes(inputs: readonly Value[]): Map<string, readonly number[]> {
  const assumed = new Map<string, readonly number[]>();
  for (const { name, type } of inputs) {
    const shape = type?.shape;
    if (!shape || shape.every((dim) => typeof dim === 'number')) continue;
    const common = (axis: number): number => (axis === 0 ? 1 : 224);
    assumed.set(
      name,
      shape.map((dim, axis) => (typeof dim === 'number' ? dim : common(axis))),
    );
  }
  return assumed;
}

export function summarize(model: Model): ModelSummary {
  const { graph, producerName, producerVersion } = model;
  const operators = [...opCounts(model)].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  const inputs = graph.inputs.filter((input) => input.constant === null);
  const inputShapes = assumeShapes(inputs);
  return {
    opset: onnxOpset(model),
    producer: `${producerName} ${producerVersion}`.trim(),
    inputs: inputs.map(describe),
    outputs: graph.outputs.map(describe),
    nodes: operators.reduce((sum, [, count]) => sum + count, 0),
    operators: Object.fromEntries(operators),
    parameters: countParameters(model),
    macs: modelMacs(model, inferTypes(model, { inputShapes })),
    assumedShapes: Object.fromEntries(inputShapes),
  };
}
