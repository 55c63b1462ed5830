import { expect } from 'vitest';
import { type Model, printGraph } from '../../../src/ir/index.js';
import {
  applyMerge,
  type MergeResult,
  type PlanOptions,
  planMerge,
} from '../../../src/merge/index.js';
import { unitRoundoff } from '../../../src/tensor/index.js';
import type { NdArray } from '../../reference/array.js';
import { interpret } from '../../reference/interpret.js';
import type { RandomModel } from './network.js';

/** What one merge did. */
export interface Outcome {
  readonly regions: number;
  readonly operators: ReadonlySet<string>;
  readonly exact: boolean;
  readonly nodes: { readonly before: number; readonly after: number };
  readonly reasons: readonly string[];
}

interface Evaluated {
  readonly outputs: ReadonlyMap<string, NdArray>;
  /** Largest |value| anywhere in the graph. */
  readonly magnitude: number;
}

function evaluate(model: Model, feeds: ReadonlyMap<string, NdArray>): Evaluated {
  const known = interpret(model, feeds);
  for (const [value, { dims }] of known) {
    const declared = value.type?.shape?.map((dim, axis) =>
      typeof dim === 'number' ? dim : dims[axis],
    );
    if (declared) expect(declared, `declared shape of ${value.name}`).toEqual(dims);
  }
  let magnitude = 1;
  for (const { data } of known.values()) {
    for (const value of data) magnitude = Math.max(magnitude, Math.abs(value));
  }
  const outputs = model.graph.outputs.map((value) => [value.name, known.get(value)] as const);
  return { outputs: new Map(outputs as [string, NdArray][]), magnitude };
}

/** Float64 arithmetic alone. */
const exactTolerance = 1e-11;

/** Weights that had to be rounded to the model's type. */
const roundedTolerance = (model: Model): number =>
  160 * unitRoundoff(model.graph.inputs[0]?.type?.dtype ?? 'float32');

/**
 * Merges a model and compares it with itself before, in float64 and on every size of its input.
 * @param build makes the same model each time
 * @param spoil what a test does to the merged model to see that it is noticed
 */
export async function checkMerge(
  build: () => RandomModel,
  options: PlanOptions,
  spoil: (merged: Model) => void = () => undefined,
): Promise<Outcome> {
  const { model, feeds } = build();
  const nodes = new Set(model.graph.nodes);
  const before = feeds.map((feed) => evaluate(model, feed));
  const text = (): string => `${printGraph(build().model)}\nmerged:\n${printGraph(model)}`;
  const { plan, result } = await merge(model, options, text);
  const refusals = result.refused.map(({ refusal }) => refusal.reason).join('; ');
  expect(refusals, `${text()}\nrefused: ${refusals}`).toBe('');
  checkGraph(model, text);
  spoil(model);
  const exact = isExact(result);
  for (const [i, feed] of feeds.entries()) {
    const after = evaluate(model, feed);
    const allowed =
      Math.max(exactTolerance, exact ? 0 : roundedTolerance(model)) *
      (before[i] as Evaluated).magnitude;
    for (const [name, expected] of (before[i] as Evaluated).outputs) {
      const actual = after.outputs.get(name) as NdArray;
      expect(actual.dims, text()).toEqual(expected.dims);
      expect(
        largestDifference(actual, expected),
        `${name}, ${expected.dims}: ${text()}`,
      ).toBeLessThan(allowed);
    }
  }
  const left = new Set(model.graph.nodes);
  return {
    regions: result.regions.length,
    operators: new Set([...nodes].filter((node) => !left.has(node)).map((node) => node.opType)),
    exact,
    nodes: { before: nodes.size, after: left.size },
    reasons: plan.nearMisses.map(({ refusal }) => refusal.reason),
  };
}

async function merge(model: Model, options: PlanOptions, text: () => string) {
  try {
    const plan = await planMerge(model, options);
    return { plan, result: await applyMerge(plan) };
  } catch (error) {
    throw new Error(`${text()}\n${(error as Error).message}`, { cause: error });
  }
}

/** True when the merge says that it rounded nothing. */
const isExact = ({ regions }: MergeResult): boolean =>
  regions.every(({ operators }) =>
    operators.every(({ rounding }) => rounding.weightError + rounding.biasError === 0),
  );

/** No leftovers: every node and every initializer is needed. */
function checkGraph({ graph }: Model, text: () => string): void {
  const unread = graph.nodes
    .flatMap((node) =>
      node.results.every((v) => v.users.size + v.outputOf.size === 0) ? [node.label] : [],
    )
    .concat(
      [...graph.initializers].flatMap((v) =>
        v.users.size + v.outputOf.size === 0 ? [v.name] : [],
      ),
    );
  expect(unread, text()).toEqual([]);
}

function largestDifference(a: NdArray, b: NdArray): number {
  let largest = 0;
  for (const [i, value] of b.data.entries()) {
    // Math.max lets a NaN survive.
    largest = Math.max(largest, Math.abs(value - (a.data[i] as number)));
  }
  return largest;
}
